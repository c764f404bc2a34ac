"""The way of a request from a server into the pipelines: check, count, hand on. The same for every protocol."""

from collections.abc import Awaitable, Callable, Iterable

from otel_agent.config.component import ComponentId
from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.component import Consumer
from otel_agent.pipeline.errors import ConsumeError, PermanentError
from otel_agent.pipeline.prompt import prompt
from otel_agent.telemetry.metrics import SelfMetrics
from otel_agent.transport.status_codes import GrpcCode

Handler = Callable[[Signal, bytes, ClientInfo], Awaitable[None]]
"""What a server calls with the protobuf bytes of each request; returning means the pipelines took it.

Raises ConsumeError; one with `grpc_code` INVALID_ARGUMENT when the bytes are no request of that signal.
"""


class Intake:
    """The handler of one protocol of one receiver."""

    def __init__(self, consumers: dict[Signal, Consumer], metrics: SelfMetrics, receiver: ComponentId, transport: str) -> None:
        self.metrics = metrics
        """For what servers measure themselves."""
        self._consume = {signal: consumer.consume for signal, consumer in consumers.items()}
        self._consume_now = {signal: prompt(consumer) for signal, consumer in consumers.items()}
        self._metrics = {signal: metrics.receiver(receiver, transport, signal) for signal in consumers}

    @property
    def signals(self) -> Iterable[Signal]:
        """Signals that some pipeline takes from the receiver; servers refuse the others themselves."""
        return self._consume.keys()

    async def handle(self, signal: Signal, data: bytes, client: ClientInfo, deadline: float | None = None) -> None:
        """Pass a request on; one without items is taken and forgotten."""
        try:
            items = kernel.check(signal, data)
        except InvalidTelemetry as error:
            raise PermanentError(str(error), grpc_code=GrpcCode.INVALID_ARGUMENT) from error
        await self.handle_checked(signal, data, items, client, deadline)

    async def handle_checked(
        self, signal: Signal, data: bytes, items: int, client: ClientInfo, deadline: float | None = None
    ) -> None:
        """Pass on a request that was checked, and counted, before."""
        if items == 0:
            return
        metrics = self._metrics[signal]
        try:
            await self._consume[signal](Telemetry(signal, data, items, client, deadline))
        except ConsumeError:
            metrics.refuse(items)
            raise
        except BaseException:  # cancelled ones, too: the sender is not told OK
            metrics.fail(items)
            raise
        metrics.accept(items)

    def handle_now(self, signal: Signal, data: bytes, items: int, client: ClientInfo, deadline: float | None = None) -> bool:
        """Pass on a request that was checked, and counted, before, if the pipelines need not wait; else return False."""
        if items == 0:
            return True
        metrics = self._metrics[signal]
        try:
            taken = self._consume_now[signal](Telemetry(signal, data, items, client, deadline))
        except ConsumeError:
            metrics.refuse(items)
            raise
        except BaseException:
            metrics.fail(items)
            raise
        if taken:
            metrics.accept(items)
        return taken
