"""The Java agent (spec: instrumentation §3.1)."""

from collections.abc import Sequence

from otel_operator.components.collector_config import sequence
from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.agent_names import JAVA_AGENT, java_extension
from otel_operator.inject.instrumentation.env import EnvList
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.languages.copied_agent import CopiedAgent, inject_copied, left_alone
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

_DIRECTORY = "/otel-auto-instrumentation-java"
_OPTIONS = "JAVA_TOOL_OPTIONS"


def inject(job: Job, spec: JsonObject) -> Injected:
    """Inject the agent and its extensions."""
    return inject_copied(_AGENT, job, spec)


def _app_directory(container: str) -> str:
    return f"{_DIRECTORY}-{container}"


def _command(_: Job) -> list[str]:
    return ["cp", "/javaagent.jar", f"{_DIRECTORY}/javaagent.jar"]


def _load(job: Job, env: EnvList, container: str) -> Sequence[Refusal]:
    # The blank separates it from options that come before; where none do, the Go operator leaves it as well.
    options = f" -javaagent:{_app_directory(container)}/javaagent.jar"
    if _extensions(job):
        options += f" -Dotel.javaagent.extensions={_app_directory(container)}/extensions"
    return () if env.extend_text(_OPTIONS, options) else [left_alone(job, _OPTIONS, container)]


def _extensions(job: Job) -> list[JsonObject]:
    return [entry for entry in sequence(job.settings.get("extensions")) if isinstance(entry, dict)]


def _extension_containers(job: Job) -> list[JsonObject]:
    if not all(extension.get("image") and extension.get("dir") for extension in _extensions(job)):
        message = f"{job.instrumentation} has an entry without image or dir in spec.java.extensions; give both"
        raise Refused(reasons.BAD_INSTRUMENTATION, message)
    return [
        {
            "name": java_extension(index),
            "image": job.admissible_image(str(extension["image"]), f"extensions[{index}].image"),
            "command": ["cp", "-r", f"{extension['dir']}/.", f"{_DIRECTORY}/extensions"],
        }
        for index, extension in enumerate(_extensions(job))
    ]


_AGENT = CopiedAgent(
    name=JAVA_AGENT,
    directory=_DIRECTORY,
    guarded=(_OPTIONS,),
    command=_command,
    load=_load,
    app_directory=_app_directory,
    more_init_containers=_extension_containers,
)
