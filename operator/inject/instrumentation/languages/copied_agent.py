"""What Java, Node.js, Python and .NET have in common (spec: instrumentation §3.0).

An init container copies the agent's files to a volume, and variables of the application's container make its runtime load them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.env import EnvList, variables_of
from otel_operator.inject.instrumentation.in_each import in_each
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.pod_spec import with_init_container, with_mount, with_volume
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.sdk_env import WithSdk, add_addresses, add_common, with_sdk
from otel_operator.inject.instrumentation.security_context import inherited
from otel_operator.inject.instrumentation.targets import Target
from otel_operator.inject.instrumentation.volumes import agent_volume
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

EnvStep = Callable[[Job, EnvList, str], Sequence[Refusal]]
"""Completes the environment of the container of a name; what it cannot do it returns."""


@dataclass(frozen=True, slots=True)
class CopiedAgent:
    """How one language differs."""

    name: str
    """Of init container and volume."""
    directory: str
    """Where the init container has the volume mounted."""
    guarded: tuple[str, ...]
    """Variables that lead to the agent. A container that has one by `valueFrom` is left alone: its text cannot be extended."""
    command: Callable[[Job], list[str]]
    """Command of the init container; raises Refused where the pod asks for what there is not."""
    load: EnvStep
    """Step F: the variables that load the agent, and the language's defaults."""
    check: Callable[[Job, EnvList], None] | None = None
    """Raises Refused for a container that is not to be touched, besides the guarded variables."""
    before_common: EnvStep | None = None
    """Step C: what comes before the Instrumentation's variables for every language."""
    app_directory: Callable[[str], str] | None = None
    """Where the container of a name has the volume mounted, if not as the init container has it."""
    more_init_containers: Callable[[Job], Sequence[JsonObject]] | None = None
    """Name, image and command of init containers after the first."""


def inject_copied(agent: CopiedAgent, job: Job, spec: JsonObject) -> Injected:
    """Instrument the containers that take it; the agent's files come with the first. Raises Refused for all of them."""
    command = agent.command(job)

    def step(spec: JsonObject, target: Target, _: Sequence[Target]) -> WithSdk:
        return _instrumented(agent, job, spec, target.container(spec))

    edited, accepted, refusals = in_each(job, spec, step)
    if not accepted:
        return Injected(spec, refusals=tuple(refusals))
    edited = with_volume(edited, agent_volume(job, agent.name))
    edited = _with_init_containers(agent, job, edited, accepted[0], command)
    return Injected(edited, tuple(target.name for target in accepted), tuple(refusals))


def _instrumented(agent: CopiedAgent, job: Job, spec: JsonObject, container: JsonObject) -> WithSdk:
    name = container["name"]
    env = EnvList(container.get("env") or ())
    for guarded in agent.guarded:
        if env.is_from_elsewhere(guarded):
            raise Refused(reasons.VALUE_FROM, f"env {guarded} is set by valueFrom and cannot be extended; set it by value")
    if agent.check:
        agent.check(job, env)
    env.add(*variables_of(job.settings.get("env")))
    refusals = [*agent.before_common(job, env, name)] if agent.before_common else []
    add_addresses(env)
    add_common(job, env)
    refusals += agent.load(job, env, name)
    directory = agent.app_directory(name) if agent.app_directory else agent.directory
    mounted = with_mount(container, {"name": agent.name, "mountPath": directory})
    with_agent = with_sdk(job, spec, mounted, env)
    return WithSdk(with_agent.spec, with_agent.container, (*refusals, *with_agent.refusals))


def _with_init_containers(agent: CopiedAgent, job: Job, spec: JsonObject, lead: Target, command: list[str]) -> JsonObject:
    """Add them where they run before `lead`: directly before it if it is an init container itself, else last."""
    shared = {
        **job.resources(spec),
        **inherited(job.choice.spec, lead.container(spec)),
        "volumeMounts": [{"name": agent.name, "mountPath": agent.directory}],
    }
    first = {"name": agent.name, "image": job.image(), "command": command, **job.pull_policy(), **shared}
    more = [{**container, **shared} for container in (agent.more_init_containers(job) if agent.more_init_containers else ())]
    before = lead.name if lead.is_init else None
    for container in (first, *more):
        spec = with_init_container(spec, container, before)
    return spec


def left_alone(job: Job, variable: str, container: str) -> Refusal:
    """Return the refusal for a variable that the Instrumentation itself sets by `valueFrom`: the agent is there, not loaded."""
    message = (
        f"{job.instrumentation} sets env {variable} by valueFrom, which cannot be extended, so the agent is not loaded; "
        "set it by value"
    )
    return job.refusal(reasons.VALUE_FROM, message, container)
