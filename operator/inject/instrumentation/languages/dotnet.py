"""The .NET agent, a profiler of the runtime (spec: instrumentation §3.4)."""

from collections.abc import Sequence

from otel_operator.inject.instrumentation import reasons
from otel_operator.inject.instrumentation.agent_names import DOTNET_AGENT
from otel_operator.inject.instrumentation.annotations import DOTNET_RUNTIME, value
from otel_operator.inject.instrumentation.env import EnvList, variables_of
from otel_operator.inject.instrumentation.job import Injected, Job
from otel_operator.inject.instrumentation.languages.copied_agent import CopiedAgent, inject_copied, left_alone
from otel_operator.inject.instrumentation.refused import Refused
from otel_operator.inject.instrumentation.wording import annotation, quoted
from otel_operator.inject.outcome import Refusal
from otel_operator.json_types import JsonObject

_DIRECTORY = "/otel-auto-instrumentation-dotnet"
_HOME = "OTEL_DOTNET_AUTO_HOME"
_HOOKS, _DEPENDENCIES, _STORE = "DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_SHARED_STORE"
_LIBRARIES = {"": "linux", "linux-x64": "linux", "linux-musl-x64": "linux-musl"}
"""Folders of the profiler; the image has them for the node's architecture."""


def inject(job: Job, spec: JsonObject) -> Injected:
    """Inject the agent that fits the image's C library."""
    return inject_copied(_AGENT, job, spec)


def _command(job: Job) -> list[str]:
    _library(job)
    return ["cp", "-r", "/autoinstrumentation/.", _DIRECTORY]


def _library(job: Job) -> str:
    runtime = value(job.subject, DOTNET_RUNTIME)
    if runtime not in _LIBRARIES:
        where = annotation(job.subject, DOTNET_RUNTIME)
        raise Refused(reasons.BAD_PLATFORM, f"{where} is {quoted(runtime)}; give linux-x64 or linux-musl-x64")
    return f"{_DIRECTORY}/{_LIBRARIES[runtime]}/OpenTelemetry.AutoInstrumentation.Native.so"


def _check(job: Job, env: EnvList) -> None:
    message = f"env {_HOME} is set, which means that the agent is there already; remove it from "
    if _HOME in env:
        raise Refused(reasons.ALREADY_CONFIGURED, f"{message}the container")
    if any(variable["name"] == _HOME for variable in variables_of(job.settings.get("env"))):
        raise Refused(reasons.ALREADY_CONFIGURED, f"{message}spec.dotnet.env of {job.instrumentation}")


def _load(job: Job, env: EnvList, container: str) -> Sequence[Refusal]:
    env.add_text("CORECLR_ENABLE_PROFILING", "1")
    env.add_text("CORECLR_PROFILER", "{918728DD-259F-4A6A-AC2B-B85E1B658318}")
    env.add_text("CORECLR_PROFILER_PATH", _library(job))
    unextended = [
        name
        for name, addition in (
            (_HOOKS, f"{_DIRECTORY}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"),
            (_DEPENDENCIES, f"{_DIRECTORY}/AdditionalDeps"),
        )
        if not env.extend_text(name, addition, ":")
    ]
    env.add_text(_HOME, _DIRECTORY)
    if not env.extend_text(_STORE, f"{_DIRECTORY}/store", ":"):
        unextended.append(_STORE)
    return [left_alone(job, name, container) for name in unextended]


_AGENT = CopiedAgent(
    name=DOTNET_AGENT,
    directory=_DIRECTORY,
    guarded=(_HOOKS, _DEPENDENCIES, _STORE),
    command=_command,
    load=_load,
    check=_check,
)
