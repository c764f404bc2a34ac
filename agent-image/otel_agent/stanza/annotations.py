"""Timestamp, severity, trace and scope of a record, read from its fields: embedded in parsers, or as operators of their own."""

from otel_agent.stanza.entry import Entry, EntryError
from otel_agent.stanza.fields import MISSING, Field
from otel_agent.stanza.nodes import Transform
from otel_agent.stanza.operator_config import (
    ParserConfig,
    ScopeNameConfig,
    SeverityConfig,
    SourceConfig,
    TimestampConfig,
    TraceConfig,
)
from otel_agent.stanza.severities import TEXTS, build_mapping, find
from otel_agent.stanza.times import make_reader

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8


def timestamp(config: TimestampConfig) -> Transform:
    """Set the timestamp."""
    read = make_reader(config.layout_type, config.layout, config.location)
    field, get = config.parse_from, config.parse_from.getter()

    def transform(entry: Entry) -> None:
        value = get(entry)
        if value is MISSING:
            raise EntryError(f"field {field} does not exist")
        entry.timestamp = read(value)

    return transform


def severity(config: SeverityConfig) -> Transform:
    """Set severity number and text."""
    mapping = build_mapping(config.preset, config.mapping)
    field, get, overwrite = config.parse_from, config.parse_from.getter(), config.overwrite_text

    def transform(entry: Entry) -> None:
        value = get(entry)
        if value is MISSING:
            raise EntryError(f"field {field} does not exist")
        number, text = find(mapping, value)
        entry.severity = number
        entry.severity_text = TEXTS[number] if overwrite and number else text

    return transform


def trace(config: TraceConfig) -> Transform:
    """Set trace id, span id and flags from hexadecimal text, each by itself. What is missing or wrong stays empty."""
    trace_field, span_field, flags_field = (
        _source(part, name)
        for part, name in ((config.trace_id, "trace_id"), (config.span_id, "span_id"), (config.trace_flags, "trace_flags"))
    )

    def transform(entry: Entry) -> None:
        failed: EntryError | None = None
        found: list[bytes] = []
        for field, size in ((trace_field, TRACE_ID_BYTES), (span_field, SPAN_ID_BYTES), (flags_field, 1)):
            try:
                found.append(_hexadecimal(field, entry, size))
            except EntryError as error:
                failed = failed or error
                found.append(b"")
        entry.trace_id, entry.span_id, flags = found
        entry.trace_flags = flags[0] if flags else 0
        if failed is not None:
            raise failed

    return transform


def _source(part: SourceConfig | None, name: str) -> Field:
    return part.parse_from if part is not None and part.parse_from is not None else Field("body", (name,), f"body.{name}")


def _hexadecimal(field: Field, entry: Entry, size: int) -> bytes:
    value = field.get(entry)
    if value is MISSING:
        return b""
    try:
        found = bytes.fromhex(str(value))
    except ValueError as error:
        raise EntryError(f"error decoding traces for logs: {field}: {str(value)[:50]!r} is not hexadecimal") from error
    if found and len(found) != size:
        raise EntryError(f"error decoding traces for logs: {field}: expected {size} bytes, got {len(found)}")
    return found


def scope_name(config: ScopeNameConfig) -> Transform:
    """Set the name of the scope."""
    field = config.parse_from

    def transform(entry: Entry) -> None:
        value = field.require(entry)
        if type(value) is not str:
            raise EntryError(f"scope name: {field} is no text")
        entry.scope_name = value

    return transform


def embedded(config: ParserConfig) -> list[Transform]:
    """Return what a parser does after it has parsed."""
    found: list[Transform] = []
    if config.timestamp is not None:
        found.append(timestamp(config.timestamp))
    if config.severity is not None:
        found.append(severity(config.severity))
    if config.trace is not None:
        found.append(trace(config.trace))
    if config.scope_name is not None:
        found.append(scope_name(config.scope_name))
    return found
