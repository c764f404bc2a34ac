"""Joins consecutive entries of a source into one."""

from otel_agent.stanza.context import Complaints
from otel_agent.stanza.entry import Entry, EntryError, Origin
from otel_agent.stanza.expression.compiler import Condition
from otel_agent.stanza.fields import MISSING, Field
from otel_agent.stanza.nodes import HoldingNode, OnError
from otel_agent.stanza.transform_config import RecombineConfig

_NO_SOURCE = "DefaultSourceIdentifier"
_MAX_HELD_BYTES = 64 * 1024 * 1024
"""Text held for all sources together at which everything is passed on."""


class Batch:
    """Entries of one source that belong together so far."""

    __slots__ = ("base", "began", "count", "matched", "size", "starts", "texts")

    def __init__(self, base: Entry, began: float) -> None:
        self.base = base
        self.began = began
        self.count = 0
        self.matched = False
        self.size = 0
        self.texts: list[str] = []
        self.starts: dict[int, tuple[Origin, int]] = {}
        """First position in each origin, by the origin's id."""


class Recombiner(HoldingNode):
    """The recombine operator, and how the container parser joins partial lines."""

    def __init__(
        self, config: RecombineConfig, boundary: Condition, condition: Condition | None, on_error: OnError, complaints: Complaints
    ) -> None:
        super().__init__()
        self._config = config
        self._boundary = boundary
        self._first = bool(config.is_first_entry)
        self._newest = config.overwrite_with == "newest"
        self._condition = condition
        self._on_error = on_error
        self._complaints = complaints
        self._batches: dict[str, Batch] = {}
        self._held_bytes = 0
        self._now = 0.0
        self._ready: list[Entry] = []

    def process(self, entries: list[Entry]) -> None:
        """Add entries to the batches of their sources, and pass on those that are complete."""
        for entry in entries:
            try:
                if self._condition is not None and not self._condition(entry):
                    self._ready.append(entry)
                    continue
                self._take(entry, self._boundary(entry))
            except EntryError as error:
                if self._on_error.keeps(error):
                    self._ready.append(entry)
        self._pass_ready()

    def tick(self, now: float) -> None:
        """Pass on batches that began too long ago."""
        self._now = now
        for source in [name for name, batch in self._batches.items() if now - batch.began >= self._config.force_flush_period]:
            self._flush(source)
        self._pass_ready()

    def drain(self) -> None:
        """Pass on all batches."""
        for source in list(self._batches):
            self._flush(source)
        self._pass_ready()

    def _take(self, entry: Entry, boundary: bool) -> None:
        source = self._source(self._config.source_identifier, entry)
        text = self._config.combine_field.get(entry)
        if type(text) is not str:
            raise EntryError(f"recombine: {self._config.combine_field} is missing or no text")
        if boundary and self._first:
            self._flush(source)
        self._add(entry, source, text, boundary)
        if boundary and not self._first:
            self._flush(source)

    def _source(self, field: Field, entry: Entry) -> str:
        value = field.get(entry)
        if value is MISSING or type(value) is not str:
            self._complaints.report("entry does not contain the source_identifier, so it may be pooled with other sources")
            return _NO_SOURCE
        return value or _NO_SOURCE

    def _add(self, entry: Entry, source: str, text: str, boundary: bool) -> None:
        config = self._config
        batch = self._batches.get(source)
        if batch is None:
            if len(self._batches) >= config.max_sources:
                self._complaints.report("too many sources, passing all batches on; consider a larger max_sources")
                for name in list(self._batches):
                    self._flush(name)
            batch = self._batches[source] = Batch(entry, self._now)
        elif self._newest:
            batch.base = entry
        batch.count += 1
        batch.matched |= boundary
        batch.size += len(text) + (len(config.combine_with) if batch.texts else 0)
        batch.texts.append(text)
        self._held_bytes += len(text)
        if entry.origin is not None and id(entry.origin) not in batch.starts:
            batch.starts[id(entry.origin)] = (entry.origin, entry.position)
            entry.origin.hold(entry.position)
        if self._is_full(batch):
            self._flush(source)

    def _is_full(self, batch: Batch) -> bool:
        config = self._config
        if 0 < config.max_log_size < batch.size or 0 < config.max_batch_size <= batch.count:
            return True
        if self._held_bytes > _MAX_HELD_BYTES:
            self._complaints.report(f"more than {_MAX_HELD_BYTES} bytes are held, passing the batch on; set max_log_size")
            return True
        return not batch.matched and 0 < config.max_unmatched_batch_size <= batch.count

    def _flush(self, source: str) -> None:
        batch = self._batches.pop(source, None)
        if batch is None:
            return
        self._held_bytes -= sum(map(len, batch.texts))
        self._config.combine_field.set(batch.base, self._config.combine_with.join(batch.texts))
        self._ready.append(batch.base)
        for origin, position in batch.starts.values():
            origin.release(position)

    def _pass_ready(self) -> None:
        ready, self._ready = self._ready, []
        self.pass_on(ready)
