"""The Python agent (spec: instrumentation §3.3)."""

from collections.abc import Sequence

from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.agent_names import PYTHON_AGENT
from otel_operator.inject.instrumentation.annotations import PYTHON_PLATFORM, value
from otel_operator.inject.instrumentation.env import EnvList
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.languages.copied_agent import CopiedAgent, inject_copied, left_alone
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.wording import annotation, quoted
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

_DIRECTORY = "/otel-auto-instrumentation-python"
_ENTRY = f"{_DIRECTORY}/opentelemetry/instrumentation/auto_instrumentation"
"""Its `sitecustomize` starts the agent, so it comes before the application's own directories."""
_PATH = "PYTHONPATH"
_SOURCES = {"": "/autoinstrumentation/.", "glibc": "/autoinstrumentation/.", "musl": "/autoinstrumentation-musl/."}


def inject(job: Job, spec: JsonObject) -> Injected:
    """Inject the agent that fits the image's C library."""
    return inject_copied(_AGENT, job, spec)


def _command(job: Job) -> list[str]:
    platform = value(job.subject, PYTHON_PLATFORM)
    if platform not in _SOURCES:
        where = annotation(job.subject, PYTHON_PLATFORM)
        raise Refused(reasons.BAD_PLATFORM, f"{where} is {quoted(platform)}; give glibc or musl")
    return ["cp", "-r", _SOURCES[platform], _DIRECTORY]


def _add_path(job: Job, env: EnvList, container: str) -> Sequence[Refusal]:
    if _PATH not in env:
        env.add_text(_PATH, f"{_ENTRY}:{_DIRECTORY}")
    elif not env.replace_text(_PATH, f"{_ENTRY}:{env.text(_PATH)}:{_DIRECTORY}"):
        return [left_alone(job, _PATH, container)]
    return ()


def _add_defaults(_: Job, env: EnvList, __: str) -> Sequence[Refusal]:
    # The agent's image has no gRPC exporter, and the SDK's own default is gRPC.
    env.add_text("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    env.add_text("OTEL_TRACES_EXPORTER", "otlp")
    env.add_text("OTEL_METRICS_EXPORTER", "otlp")
    env.add_text("OTEL_LOGS_EXPORTER", "otlp")
    return ()


_AGENT = CopiedAgent(
    name=PYTHON_AGENT,
    directory=_DIRECTORY,
    guarded=(_PATH,),
    command=_command,
    load=_add_defaults,
    before_common=_add_path,
)
