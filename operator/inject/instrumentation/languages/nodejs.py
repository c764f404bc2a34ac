"""The Node.js agent (spec: instrumentation §3.2)."""

from collections.abc import Sequence

from otel_operator.inject.instrumentation.agent_names import NODEJS_AGENT
from otel_operator.inject.instrumentation.env import EnvList
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.languages.copied_agent import CopiedAgent, inject_copied, left_alone
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

_DIRECTORY = "/otel-auto-instrumentation-nodejs"
_OPTIONS = "NODE_OPTIONS"


def inject(job: Job, spec: JsonObject) -> Injected:
    """Inject the agent."""
    return inject_copied(_AGENT, job, spec)


def _command(_: Job) -> list[str]:
    return ["cp", "-r", "/autoinstrumentation/.", _DIRECTORY]


def _load(job: Job, env: EnvList, container: str) -> Sequence[Refusal]:
    loaded = env.extend_text(_OPTIONS, f" --require {_DIRECTORY}/autoinstrumentation.js")
    env.add_text("OTEL_METRICS_EXPORTER", "otlp")
    return () if loaded else [left_alone(job, _OPTIONS, container)]


_AGENT = CopiedAgent(name=NODEJS_AGENT, directory=_DIRECTORY, guarded=(_OPTIONS,), command=_command, load=_load)
