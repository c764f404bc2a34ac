"""What Apache httpd and nginx have in common (spec: instrumentation §3.6, §3.7).

A first init container, of the web server's own image, copies its configuration to a volume; a second one, of the agent's image,
adds the module to the copy; the web server then has the copy mounted over the original.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from otel_operator.components.env import field_variable
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.agent_names import CLONE
from otel_operator.inject.instrumentation.env import EnvList, variables_of
from otel_operator.inject.instrumentation.in_each import in_each
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.pod_spec import (
    has_init_container,
    with_init_container,
    with_mount,
    with_volume,
    without_mounts,
)
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.sdk_env import WithSdk, add_addresses, add_common, with_sdk
from otel_operator.inject.instrumentation.security_context import inherited
from otel_operator.inject.instrumentation.targets import Target
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

AGENT_DIRECTORY = "/opt/opentelemetry-webserver/agent"
SOURCE_DIRECTORY = "/opt/opentelemetry-webserver/source-conf"
"""Where both init containers have the copy of the configuration."""


@dataclass(frozen=True, slots=True)
class WebServer:
    """How one web server differs, for one pod."""

    clone: str
    attach: str
    conf_volume: JsonObject
    agent_volume: JsonObject
    conf_directory: str
    changed: tuple[str, ...]
    """What the second init container changes in that folder, or adds to."""
    clone_command: JsonObject
    """`command`, and `args` where there are some."""
    attach_script: str
    attach_argument: str
    text_variable: str
    instance_variable: str
    text: Callable[[JsonObject], str]
    """The module's configuration for the container that it is added to."""
    load: Callable[[EnvList], None] = lambda env: None
    """Variables that let the web server load the module; raises Refused where they cannot be set."""


def inject_web_server(server: WebServer, job: Job, spec: JsonObject) -> Injected:
    """Add the module to the first container that takes it; further ones get the environment only."""

    def step(spec: JsonObject, target: Target, before: Sequence[Target]) -> WithSdk:
        return _instrumented(server, job, spec, target, before)

    spec, accepted, refusals = in_each(job, spec, step)
    return Injected(spec, tuple(target.name for target in accepted), tuple(refusals))


def clone_name(spec: JsonObject, server: str) -> str:
    """Name the first init container; two web servers in a pod would call theirs alike, so the second takes another name."""
    return f"{CLONE}-{server}" if has_init_container(spec, CLONE) else CLONE


def _instrumented(server: WebServer, job: Job, spec: JsonObject, target: Target, before: Sequence[Target]) -> WithSdk:
    if target.is_init:
        raise Refused(reasons.INIT_CONTAINER_UNSUPPORTED, "an init container runs no web server; name a regular container")
    container = target.container(spec)
    env = EnvList(container.get("env") or ())
    env.add(*variables_of(job.settings.get("env")))
    refusals: list[Refusal] = []
    if before:
        refusals.append(_environment_only(job, target.name, before[0].name))
    else:
        spec, container = _with_module(server, job, spec, container, env)
    add_addresses(env)
    add_common(job, env)
    done = with_sdk(job, spec, container, env)
    return replace(done, refusals=(*refusals, *done.refusals))


def _with_module(
    server: WebServer, job: Job, spec: JsonObject, container: JsonObject, env: EnvList
) -> tuple[JsonObject, JsonObject]:
    """Return spec and container with the module; `env` gets what the web server needs to load it."""
    clone = _clone(server, job, spec, container, env)
    attach = _attach(server, job, spec, container)
    server.load(env)
    for volume in (server.conf_volume, server.agent_volume):
        spec = with_volume(spec, volume)
    for init_container in (clone, attach):
        spec = with_init_container(spec, init_container, None)
    # What stays mounted over the folder, or over what is changed in it, would hide the copy; the copy has it.
    hiding = {server.conf_directory, *(f"{server.conf_directory}/{name}" for name in server.changed)}
    paths = [mount["mountPath"].rstrip("/") for mount in container.get("volumeMounts") or ()]
    if hiding.isdisjoint(paths):
        hiding = set([path for path in paths if path.startswith(f"{server.conf_directory}/")][:1])
    container = without_mounts(container, lambda mount: mount["mountPath"].rstrip("/") in hiding)
    container = with_mount(container, {"name": server.agent_volume["name"], "mountPath": AGENT_DIRECTORY})
    return spec, with_mount(container, {"name": server.conf_volume["name"], "mountPath": server.conf_directory})


def _clone(server: WebServer, job: Job, spec: JsonObject, container: JsonObject, env: EnvList) -> JsonObject:
    context = inherited(job.choice.spec, container)
    mounts = [_allowed(mount, context) for mount in container.get("volumeMounts") or ()]
    clone = {
        "name": server.clone,
        "image": container.get("image") or "",
        **server.clone_command,
        **{name: container[name] for name in ("envFrom", "imagePullPolicy") if container.get(name)},
        "env": env.as_list(),
        "volumeMounts": mounts,
        **job.resources(spec),
        **context,
    }
    return with_mount(clone, {"name": server.conf_volume["name"], "mountPath": SOURCE_DIRECTORY})


def _allowed(mount: JsonObject, context: JsonObject) -> JsonObject:
    """Return a mount as a container of this security context may have it: only privileged ones propagate to the node."""
    if mount.get("mountPropagation") != "Bidirectional" or context.get("securityContext", {}).get("privileged"):
        return mount
    return {name: value for name, value in mount.items() if name != "mountPropagation"}


def _attach(server: WebServer, job: Job, spec: JsonObject, container: JsonObject) -> JsonObject:
    env = EnvList(variables_of(job.settings.get("env")))
    add_common(job, env)
    # Before the text, in which users refer to them.
    env.add(field_variable("OTEL_POD_IP", "status.podIP"), field_variable("OTEL_NODE_IP", "status.hostIP"))
    env.add_text(server.text_variable, server.text(container))
    env.add(field_variable(server.instance_variable, "metadata.name"))
    return {
        "name": server.attach,
        "image": job.image(),
        "command": ["/bin/sh", "-c"],
        "args": [server.attach_script, "--", server.attach_argument],
        **job.pull_policy(),
        "env": env.as_list(),
        **job.resources(spec),
        **inherited(job.choice.spec, container),
        "volumeMounts": [
            {"name": server.agent_volume["name"], "mountPath": AGENT_DIRECTORY},
            {"name": server.conf_volume["name"], "mountPath": SOURCE_DIRECTORY},
        ],
    }


def _environment_only(job: Job, container: str, first: str) -> Refusal:
    message = (
        f"the module goes to one container of a pod, which is {first!r} here, and this one gets the environment only; "
        "put the other web server into a pod of its own"
    )
    return job.refusal(reasons.ONE_CONTAINER_ONLY, message, container)
