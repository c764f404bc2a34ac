"""The batch processor: picks the batcher of a request by its client metadata."""

import asyncio

from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.processors.batch.batcher import Batcher
from otel_agent.processors.batch.config import BatchConfig

Combination = tuple[tuple[str, ...], ...]
"""Values of each metadata key, in the order of metadata_keys."""


class BatchProcessor:
    """One pipeline's batch processor. Without metadata_keys it has a single batcher."""

    overlaps = True

    def __init__(self, config: BatchConfig, context: BuildContext) -> None:
        assert context.signal is not None
        self._config = config
        self._signal = context.signal
        self._downstream = context.consumers[context.signal]
        self._logger = context.logger
        self._metrics = context.metrics.batch(context.id)
        self._keys = tuple(key.lower() for key in config.metadata_keys)
        self._batchers: dict[Combination, Batcher] = {}

    async def start(self, host: Host) -> None:
        """Start the batcher for requests without distinction."""
        if not self._keys:
            self._add_batcher((), NO_CLIENT)

    async def shutdown(self) -> None:
        """Send everything collected."""
        batchers, self._batchers = self._batchers, {}
        await asyncio.gather(*(batcher.stop() for batcher in batchers.values()))
        self._metrics.cardinality.add(-len(batchers))

    async def consume(self, telemetry: Telemetry) -> None:
        """Collect; returns once collected, so later refusals do not reach the sender."""
        await self._batcher(telemetry).add(telemetry)

    def consume_now(self, telemetry: Telemetry) -> bool:
        """Collect if there is room."""
        return self._batcher(telemetry).add_now(telemetry)

    def _batcher(self, telemetry: Telemetry) -> Batcher:
        batcher = self._batchers.get(()) if not self._keys else self._for_client(telemetry.client)
        if batcher is None:
            raise RetryableError("the batch processor is not running")
        return batcher

    def _for_client(self, client: ClientInfo) -> Batcher:
        combination = tuple(client.metadata.get(key, ()) for key in self._keys)
        batcher = self._batchers.get(combination)
        if batcher is not None:
            return batcher
        limit = self._config.metadata_cardinality_limit
        if limit and len(self._batchers) >= limit:
            raise PermanentError("too many batcher metadata-value combinations")
        kept = {key: values for key, values in zip(self._keys, combination, strict=True) if values}
        return self._add_batcher(combination, ClientInfo(metadata=kept))

    def _add_batcher(self, combination: Combination, client: ClientInfo) -> Batcher:
        batcher = Batcher(self._config, self._signal, client, self._downstream, self._metrics, self._logger)
        batcher.start()
        self._batchers[combination] = batcher
        self._metrics.cardinality.add()
        return batcher
