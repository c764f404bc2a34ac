"""Whether a sending queue takes a request up, by its settings."""

from otel_agent.config.blocks.exporter_queue import QueueConfig
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.pipeline.sending.capacity import Capacity
from otel_agent.pipeline.sending.sizes import SIZERS


def stopping() -> RetryableError:
    """Return what a queue answers that is closed."""
    return RetryableError("the exporter is shutting down")


class Admission:
    """Measures requests in units of the sizer, and makes room for them."""

    def __init__(self, config: QueueConfig) -> None:
        self.measure = SIZERS[config.sizer]
        self.capacity = Capacity(config.queue_size)
        self._block = config.block_on_overflow

    async def take(self, telemetry: Telemetry, *, closed: bool) -> int:
        """Return the size that was taken up for a request, which somebody has to give back to `capacity`.

        RetryableError when the queue is full (with `block_on_overflow` it waits instead) or closed, PermanentError when the
        request is larger than the whole queue.
        """
        size = self.measure(telemetry)
        if size > self.capacity.limit:
            raise PermanentError(f"element size too large: {size}, the whole sending queue has {self.capacity.limit}")
        if closed:
            raise stopping()
        if self._block:
            await self.capacity.take(size)
        elif not self.capacity.try_take(size):
            raise RetryableError("sending queue is full")
        return size
