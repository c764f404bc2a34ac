"""The resource_detection processor: edits every resource by what has been found."""

from otel_agent.pdata import kernel
from otel_agent.pdata.program import EditProgram, Step
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.editing import EditingProcessor
from otel_agent.processors.resource_detection.detector import Found
from otel_agent.processors.resource_detection.provider import ResourceProvider


class ResourceDetectionProcessor(EditingProcessor):
    """One pipeline's processor; those of one id share the provider."""

    def __init__(self, context: BuildContext, provider: ResourceProvider, *, override: bool) -> None:
        super().__init__(context, self._apply)
        assert context.signal is not None
        self._signal: Signal = context.signal
        self._provider = provider
        self._override = override
        self._program: EditProgram | None = None
        self._running = False

    async def start(self, host: Host) -> None:
        """Wait for the detectors, not longer than their timeout."""
        self._running = True
        self._provider.on_change.append(self._compile)
        await self._provider.acquire()
        self._compile()

    async def shutdown(self) -> None:
        """Stop detecting. Idempotent."""
        if self._running:
            self._running = False
            self._provider.on_change.remove(self._compile)
            await self._provider.release()

    def _apply(self, telemetry: Telemetry) -> bytes:
        return telemetry.data if self._program is None else self._program.edit(telemetry.data)

    def _compile(self) -> None:
        self._program = compile_resource(self._signal, self._provider.found, override=self._override)


def compile_resource(signal: Signal, found: Found, *, override: bool) -> EditProgram | None:
    """Return the program that sets attributes of every resource, those that are there only with `override`; None for nothing."""
    action = "upsert" if override else "insert"
    steps: list[Step] = [((action, key, ("value", value)), None) for key, value in found.items()]
    return kernel.compile_edits(signal, "resource", steps) if steps else None
