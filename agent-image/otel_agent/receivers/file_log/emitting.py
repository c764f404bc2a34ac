"""Turns records of files into OTLP log records: at once where only the body differs, through the operators otherwise."""

import time
from collections.abc import Callable

from otel_agent.receivers.file_log.config import FileLogConfig
from otel_agent.receivers.file_log.file_attributes import RECORD_NUMBER, RECORD_OFFSET
from otel_agent.receivers.file_log.header import HeaderReader
from otel_agent.receivers.file_log.reading import Block
from otel_agent.receivers.file_log.splitting import make_decode, make_trim
from otel_agent.receivers.file_log.tracked import TrackedFile
from otel_agent.stanza.chain import Chain, search_function
from otel_agent.stanza.entry import NO_MAP, Entry, EntryError, Value
from otel_agent.stanza.expression.compiler import Expression, compile_template
from otel_agent.stanza.native import stanza
from otel_agent.stanza.request import RequestBuilder
from otel_agent.stanza.wire import key_values, observed_time
from otel_agent.stanza.wire import text_records as portable_text_records

Clock = Callable[[], int]
"""Nanoseconds since 1970."""
_native = stanza()
text_records = _native.text_records if _native is not None else portable_text_records


class Emitter:
    """Fills a request with the records of files. ValueError for expressions that are none."""

    def __init__(
        self, config: FileLogConfig, chain: Chain | None, header: HeaderReader | None, clock: Clock = time.time_ns
    ) -> None:
        self.request = RequestBuilder()
        self._chain = chain
        self._header = header
        self._clock = clock
        self._trim = make_trim(config)
        self._trims = (not config.preserve_leading_whitespaces, not config.preserve_trailing_whitespaces)
        self._decode = make_decode(config)
        self._attributes, attribute_templates = _split(config.attributes)
        self._resource, resource_templates = _split(config.resource)
        self._resource = self._resource or NO_MAP
        self._templates = (attribute_templates, resource_templates)
        self._numbers = config.include_file_record_number
        self._offsets = config.include_file_record_offset
        self._plain = (
            chain is None
            and header is None
            and not attribute_templates
            and not resource_templates
            and not self._numbers
            and not self._offsets
            and config.encoding in ("utf-8", "utf-8-raw", "ascii", "us-ascii", "utf8")
        )

    @property
    def wants_positions(self) -> bool:
        """Whether it matters where records begin."""
        return self._offsets or (self._chain is not None and self._chain.holds)

    def emit(self, file: TrackedFile, block: Block) -> None:
        """Add the records of a block to the request."""
        if self._plain:
            self._emit_text(file, block.records)
            return
        entries = self._entries(file, block)
        self.request.add(self._chain.process(entries) if self._chain is not None else entries)

    def tick(self, now: float) -> None:
        """Add what operators have kept for long enough."""
        if self._chain is not None and self._chain.holds:
            self.request.add(self._chain.tick(now))

    def drain(self) -> None:
        """Add all that operators keep."""
        if self._chain is not None:
            self.request.add(self._chain.drain())

    def describe(self, file: TrackedFile, attributes: dict[str, Value]) -> None:
        """Set what the attributes of a file's records begin with."""
        file.attributes = {**attributes, **self._attributes}
        file.encoded_attributes = key_values(file.attributes, b"\x32")

    def _emit_text(self, file: TrackedFile, records: list[bytes]) -> None:
        rest = file.encoded_attributes + observed_time(self._clock())
        encoded, items = text_records(records, rest, *self._trims)
        file.position.record_number += len(records)
        self.request.add_records(self._resource, encoded, items)

    def _entries(self, file: TrackedFile, block: Block) -> list[Entry]:
        position, trim, decode = file.position, self._trim, self._decode
        observed = self._clock()
        base = {**(file.attributes or {}), **position.header_attributes}
        starts = block.starts
        entries: list[Entry] = []
        for index, record in enumerate(block.records):
            position.record_number += 1
            text = trim(record) if trim is not None else record
            if not text:
                continue
            body = decode(text)
            if self._header is not None and not position.header_done:
                if self._header.take(body, position):
                    base = {**(file.attributes or {}), **position.header_attributes}
                    continue
                position.header_done = True
            attributes = dict(base)
            start = starts[index] if starts is not None else 0
            if self._numbers:
                attributes[RECORD_NUMBER] = position.record_number
            if self._offsets:
                attributes[RECORD_OFFSET] = start
            entries.append(Entry(body, attributes, observed, self._resource, position, start))
        if self._templates[0] or self._templates[1]:
            for entry in entries:
                self._fill(entry)
        return entries

    def _fill(self, entry: Entry) -> None:
        for name, template in self._templates[0].items():
            entry.attributes[name] = _rendered(template, entry)
        if self._templates[1]:
            entry.resource = entry.resource | {name: _rendered(template, entry) for name, template in self._templates[1].items()}


def _rendered(template: Expression, entry: Entry) -> Value:
    try:
        return template(entry)
    except EntryError:
        return None


def _split(settings: dict[str, str]) -> tuple[dict[str, Value], dict[str, Expression]]:
    """Return fixed values, and those that are computed for each entry."""
    fixed: dict[str, Value] = {}
    computed: dict[str, Expression] = {}
    for name, text in settings.items():
        template = compile_template(text, search_function)
        if template is None:
            fixed[name] = text
        else:
            computed[name] = template
    return fixed, computed
