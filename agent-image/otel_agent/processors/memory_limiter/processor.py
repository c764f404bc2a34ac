"""The memory_limiter processor: refuses data while memory is short, so that senders keep it and try again."""

from typing import NoReturn

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import RetryableError
from otel_agent.pipeline.prompt import prompt
from otel_agent.pipeline.status import Status
from otel_agent.processors.memory_limiter.watch import MemoryWatch

REFUSAL = "data refused due to high memory usage"


class MemoryLimiterProcessor:
    """One pipeline's gate on the watch of its id."""

    overlaps = True

    def __init__(self, context: BuildContext, watch: MemoryWatch) -> None:
        assert context.signal is not None
        self._id = context.id
        self._kind = context.kind
        self._downstream = context.consumers[context.signal]
        self._pass_now = prompt(self._downstream)
        self._counters = context.metrics.limiter(context.id, context.signal)
        self._watch = watch
        self._running = False

    async def start(self, host: Host) -> None:
        """Begin watching memory."""

        def report(refusing: bool) -> None:
            status = Status.RECOVERABLE_ERROR if refusing else Status.OK
            host.report_status(self._kind, self._id, status, REFUSAL if refusing else "")

        self._watch.on_change = report
        self._watch.acquire()
        self._running = True

    async def shutdown(self) -> None:
        """Stop watching. Idempotent."""
        if self._running:
            self._running = False
            await self._watch.release()

    async def consume(self, telemetry: Telemetry) -> None:
        """Pass on, or raise `RetryableError` while memory is above the soft limit."""
        if self._watch.refusing:
            self._refuse(telemetry)
        self._counters.accepted.value += telemetry.items
        await self._downstream.consume(telemetry)

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Pass on, or raise, without waiting; False when what comes next would wait."""
        if self._watch.refusing:
            self._refuse(telemetry)
        try:
            taken = self._pass_now(telemetry)
        except BaseException:
            self._counters.accepted.value += telemetry.items
            raise
        if taken:
            self._counters.accepted.value += telemetry.items
        return taken

    def _refuse(self, telemetry: Telemetry) -> NoReturn:
        self._counters.refused.value += telemetry.items
        raise RetryableError(REFUSAL)
