"""Reads the next records of a file: blocks of bounded size, cut by a splitter, with limits on the length of a record."""

from dataclasses import dataclass

from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.sources import GzipSource, PlainSource
from otel_agent.receivers.file_log.splitting import Splitter
from otel_agent.receivers.file_log.tracked import Position
from otel_agent.telemetry.instruments import Counter

BLOCK = 32 * 1024
"""Bytes that are read at once: what is made of them stays in the processor's cache, which is a fifth faster than 256 KiB."""


@dataclass(slots=True)
class Block:
    """Records that were read."""

    records: list[bytes]
    starts: list[int] | None
    """Where each begins; None unless asked for."""
    more: bool
    """Whether there is more to read at once."""
    has_rest: bool
    """Whether bytes are left that are no complete record."""
    cut: bool = False
    """Whether a record in it was too long."""


class BlockReader:
    """Reads by one configuration."""

    def __init__(self, config: FileLogConfig, splitter: Splitter, too_long: Counter, *, positions: bool) -> None:
        self._splitter = splitter
        self._most = config.max_log_size
        self._truncate = config.max_log_size_behavior == "truncate"
        self._block = config.max_log_size if config.encoding == "nop" else max(BLOCK, config.initial_buffer_size)
        self._too_long = too_long
        self._positions = positions

    def read(self, source: PlainSource | GzipSource, position: Position, *, flush: bool) -> Block:
        """Read one block and move `position` on; `flush` takes what is at the end as a record. OSError, `CorruptFile`."""
        begin = position.offset
        size = self._block
        data = source.read(begin, size)
        at_end = len(data) < size
        cut = self._splitter.split(data, flush=flush and at_end, positions=self._positions)
        if not cut.used and not at_end and size <= self._most:
            # No record ends in this block, but one may be longer than a block.
            size = self._most + self._block
            data = source.read(begin, size)
            at_end = len(data) < size
            cut = self._splitter.split(data, flush=flush and at_end, positions=self._positions)
        if not cut.used and len(data) > self._most:
            return self._cut_short(position, data)
        position.offset += cut.used
        position.changed |= cut.used > 0
        records, ends = cut.records, cut.ends
        if position.skipping and cut.used:
            position.skipping = False
            records, ends = records[1:], ends[1:] if ends is not None else None
            begin_of_first = begin + (cut.ends[0] if cut.ends else 0)
        else:
            begin_of_first = begin
        starts = [begin_of_first, *(begin + end for end in ends)][: len(records)] if ends is not None else None
        too_long = bool(records) and max(map(len, records)) > self._most
        if too_long:
            records, starts = self._shortened(records, starts)
        return Block(records, starts, more=not at_end, has_rest=cut.used < len(data), cut=too_long)

    def _cut_short(self, position: Position, data: bytes) -> Block:
        """Take the beginning of a record that is too long. Its rest is the next one, or is skipped."""
        begin = position.offset
        position.changed = True
        if position.skipping:
            position.offset += len(data)
            return Block([], [] if self._positions else None, more=True, has_rest=False)
        self._too_long.value += 1
        # What remains of a character or of a code unit belongs to what follows.
        used = self._most - self._most % 4 if self._most > 4 else self._most
        position.offset += used
        position.skipping = self._truncate
        return Block([data[:used]], [begin] if self._positions else None, more=True, has_rest=False, cut=True)

    def _shortened(self, records: list[bytes], starts: list[int] | None) -> tuple[list[bytes], list[int] | None]:
        most = self._most
        short: list[bytes] = []
        short_starts: list[int] = []
        for index, record in enumerate(records):
            start = starts[index] if starts is not None else 0
            if len(record) <= most:
                short.append(record)
                short_starts.append(start)
                continue
            self._too_long.value += 1
            pieces = range(0, most if self._truncate else len(record), most)
            short += [record[piece : piece + most] for piece in pieces]
            short_starts += [start + piece for piece in pieces]
        return short, short_starts if starts is not None else None
