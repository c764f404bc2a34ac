"""The python processor: gives each batch to people's code, and keeps the pipeline going when that fails."""

import time
from dataclasses import replace

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError, StartError
from otel_agent.pipeline.status import Status
from otel_agent.processors.python.config import PythonConfig
from otel_agent.processors.python.runner import Runner
from otel_agent.scripting.script import ScriptError

_COMPLAIN_SECONDS = 10.0


class PythonProcessor:
    """One pipeline's share of a script."""

    overlaps = True

    def __init__(self, config: PythonConfig, context: BuildContext, runner: Runner) -> None:
        assert context.signal is not None
        self._mode = config.error_mode
        self._context = context
        self._signal = context.signal
        self._downstream = context.consumers[context.signal]
        self._runner = runner
        self._host: Host | None = None
        self._failing = False
        self._complained = -_COMPLAIN_SECONDS
        labels = {"processor": str(context.id)}
        self._errors = context.metrics.counter(
            "processor_python_errors", "Batches on which the code failed.", labels, unit="{batches}"
        )
        context.metrics.observe(
            "processor_python_restarts",
            "Times that the code's process was started again.",
            labels,
            lambda: runner.restarts,
            unit="{restarts}",
        )

    async def start(self, host: Host) -> None:
        """Load the code; `StartError` says what is wrong with it."""
        try:
            await self._runner.acquire()
        except ScriptError as error:
            raise StartError(str(error)) from error
        self._host = host

    async def shutdown(self) -> None:
        """End the code's process with its last user. Idempotent."""
        if self._host is not None:
            self._host = None
            await self._runner.release()

    async def consume(self, telemetry: Telemetry) -> None:
        """Hand on what the code made of it; where it fails, what `error_mode` says."""
        try:
            data, items = await self._runner.run(self._signal, telemetry.data)
        except ScriptError as error:
            self._note(str(error))
            if self._mode == "propagate":
                raise PermanentError(f"processor {self._context.id}: {error}") from error
            if self._mode == "ignore":
                await self._downstream.consume(telemetry)
            return
        self._note("")
        if data:
            await self._downstream.consume(replace(telemetry, data=data, items=items))

    def _note(self, error: str) -> None:
        if error:
            self._errors.add()
            now = time.monotonic()
            if now - self._complained >= _COMPLAIN_SECONDS:
                self._complained = now
                self._context.logger.error("The code failed", extra={"error": error, "error_mode": self._mode})
        if self._host is not None and bool(error) != self._failing:
            self._failing = bool(error)
            status = Status.RECOVERABLE_ERROR if error else Status.OK
            self._host.report_status(self._context.kind, self._context.id, status, error)
