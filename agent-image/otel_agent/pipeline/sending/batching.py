"""Joins queued requests into batches: at least `min_size`, at most `max_size`, or whatever there is after `flush_timeout`."""

import asyncio
from collections import deque
from collections.abc import Callable

from otel_agent.config.blocks.exporter_queue import QueueBatchConfig
from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo, Signal, Telemetry
from otel_agent.pipeline.sending.sizes import SIZERS, cut
from otel_agent.pipeline.sending.tickets import Job, Ticket, job_of

_IDLE_FLUSHES = 10
"""A partition without data for this many flush timeouts is forgotten."""

Emit = Callable[[Job], None]
Combination = tuple[tuple[str, ...], ...]


class Partition:
    """Requests with equal metadata, on their way into batches."""

    def __init__(self, config: QueueBatchConfig, unit: str, client: ClientInfo, emit: Emit) -> None:
        self._config = config
        self._unit = unit
        self._measure = SIZERS[unit]
        self._client = client
        self._emit = emit
        self._data: list[bytes] = []
        self._shares: deque[tuple[Ticket, int]] = deque()
        self._items = 0
        self._size = 0
        self._signal = Signal.TRACES

    @property
    def empty(self) -> bool:
        """Whether nothing waits here."""
        return not self._shares

    def add(self, telemetry: Telemetry, ticket: Ticket) -> None:
        """Take a request; emits what reached `min_size`."""
        self._signal = telemetry.signal
        self._data.append(telemetry.data)
        self._shares.append((ticket, telemetry.items))
        self._items += telemetry.items
        self._size += self._measure(telemetry)
        if self._size >= self._config.min_size:
            self.flush(whole=False)

    def flush(self, *, whole: bool = True) -> None:
        """Emit what waits; without `whole`, a rest below `min_size` behind a full batch stays."""
        if self.empty:
            return
        merged = self._data[0] if len(self._data) == 1 else kernel.merge(self._data)
        parts = self._cut(merged)
        rest = None
        if not whole and len(parts) > 1 and self._measured(*parts[-1]) < self._config.min_size:
            rest = parts.pop()
        for data, items in parts:
            self._emit(job_of(Telemetry(self._signal, data, items, self._client), self._take_shares(items)))
        self._data, self._items, self._size = [], 0, 0
        if rest is not None:
            self._data, self._items, self._size = [rest[0]], rest[1], self._measured(*rest)

    def _measured(self, data: bytes, items: int) -> int:
        return len(data) if self._unit == "bytes" else items

    def _cut(self, merged: bytes) -> list[tuple[bytes, int]]:
        try:
            return cut(self._signal, merged, self._items, self._config.max_size, self._unit)
        except InvalidTelemetry:
            return [(merged, self._items)]  # the peer may still take it, and says so if not

    def _take_shares(self, items: int) -> list[tuple[Ticket, int]]:
        """Take the owners of the next `items` items off the front."""
        taken: list[tuple[Ticket, int]] = []
        while items > 0:
            ticket, amount = self._shares.popleft()
            used = min(amount, items)
            taken.append((ticket, used))
            items -= used
            if amount > used:
                self._shares.appendleft((ticket, amount - used))
        return taken


class Batcher:
    """All partitions of one exporter, and their timers."""

    def __init__(self, config: QueueBatchConfig, unit: str, emit: Emit) -> None:
        self._config = config
        self._unit = unit
        self._emit = emit
        self._keys = tuple(key.lower() for key in config.partition.metadata_keys)
        self._partitions: dict[Combination, Partition] = {}
        self._timers: dict[Combination, asyncio.TimerHandle] = {}

    def add(self, telemetry: Telemetry, ticket: Ticket) -> None:
        """Put a request into its batch."""
        combination = tuple(telemetry.client.metadata.get(key, ()) for key in self._keys)
        partition = self._partitions.get(combination)
        if partition is None:
            partition = self._partitions[combination] = Partition(self._config, self._unit, self._client(combination), self._emit)
        was_empty = partition.empty
        partition.add(telemetry, ticket)
        if partition.empty:
            self._forget_later(combination)
        elif was_empty or combination not in self._timers:
            self._arm(combination, self._config.flush_timeout, self._flush)

    def flush(self) -> None:
        """Emit everything and stop all timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for partition in self._partitions.values():
            partition.flush()
        self._partitions.clear()

    def discard(self) -> None:
        """Forget everything and stop all timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._partitions.clear()

    def _client(self, combination: Combination) -> ClientInfo:
        kept = {key: values for key, values in zip(self._keys, combination, strict=True) if values}
        return ClientInfo(metadata=kept) if kept else NO_CLIENT

    def _flush(self, combination: Combination) -> None:
        self._partitions[combination].flush()
        self._forget_later(combination)

    def _forget_later(self, combination: Combination) -> None:
        self._arm(combination, _IDLE_FLUSHES * self._config.flush_timeout, self._forget)

    def _forget(self, combination: Combination) -> None:
        del self._partitions[combination]
        del self._timers[combination]

    def _arm(self, combination: Combination, seconds: float, action: Callable[[Combination], None]) -> None:
        timer = self._timers.get(combination)
        if timer is not None:
            timer.cancel()
        self._timers[combination] = asyncio.get_running_loop().call_later(seconds, action, combination)
