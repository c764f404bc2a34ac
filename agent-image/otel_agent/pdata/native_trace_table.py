"""The native table of traces, with names for what it returns; see `otel_agent.pdata.trace_table`."""

from collections.abc import Sequence

from otel_agent.pdata.judging import Judge
from otel_agent.pdata.native import NativeKernel
from otel_agent.pdata.trace_table import Group, Intake, Late, Release, TableLimits


class NativeTraceTable:
    """Traces by id."""

    def __init__(self, kernel: NativeKernel, judge: Judge, limits: TableLimits) -> None:
        self._table = kernel.TraceTable(
            judge,
            limits.traces,
            limits.memory,
            limits.trace_bytes,
            limits.evicts,
            limits.sampled_cache,
            limits.not_sampled_cache,
        )
        self.TRACE_BYTES = self._table.TRACE_BYTES
        self.FRAGMENT_BYTES = self._table.FRAGMENT_BYTES

    def __len__(self) -> int:
        return len(self._table)

    @property
    def pending(self) -> int:
        """As `TraceTable.pending`."""
        return self._table.pending

    @property
    def memory(self) -> int:
        """As `TraceTable.memory`."""
        return self._table.memory

    def take(self, data: bytes, now: float, due: int, root_due: int | None = None) -> Intake:
        """As `TraceTable.take`."""
        begun, too_large, evicted, removed, late = self._table.take(data, now, due, root_due)
        return Intake(begun, too_large, evicted, removed, [Late._make(row) for row in late])

    def draw(
        self, tick: int, most: int, now: float, oldest: int, *, apart: bool = False, requests: bool = False
    ) -> tuple[list[Group], int]:
        """As `TraceTable.draw`."""
        groups, late_spans = self._table.draw(tick, most, now, oldest, apart=apart, requests=requests)
        return [Group._make(row) for row in groups], late_spans

    def settle(
        self, policies: Sequence[int], now: float, spans: int, size: int, *, apart: bool = False
    ) -> tuple[list[Release], list[tuple[float, int]]]:
        """As `TraceTable.settle`."""
        releases, removed = self._table.settle(policies, now, spans, size, apart=apart)
        return [Release._make(row) for row in releases], removed

    def drop_pending(self) -> int:
        """As `TraceTable.drop_pending`."""
        return self._table.drop_pending()

    def clear(self) -> None:
        """As `TraceTable.clear`."""
        self._table.clear()
