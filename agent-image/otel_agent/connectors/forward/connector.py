"""The forward connector: what comes in goes on to all pipelines that name it as a receiver, unchanged."""

from collections.abc import Coroutine
from typing import Any

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import Consumer, Host


class ForwardConnector:
    """Stateless. The pipelines' answer is the answer to the pipeline before it."""

    overlaps = True

    def __init__(self, consumer: Consumer) -> None:
        self._consume = consumer.consume

    async def start(self, host: Host) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing: nothing is held."""

    def consume(self, telemetry: Telemetry) -> Coroutine[Any, Any, None]:
        """Return the consumer's coroutine, so that the connector costs no call of its own."""
        return self._consume(telemetry)
