"""The line of an entry, in the three formats of the Go exporter. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from otel_agent.exporters.loki.hints import Attributes
from otel_agent.exporters.loki.logfmt import encode, parse
from otel_agent.pdata.any_value import Plain, plain, text


@dataclass(frozen=True)
class Rest:
    """Attributes without hints and without those that became labels; those of a resource serve many records."""

    attributes: Attributes

    @cached_property
    def plain(self) -> dict[str, Plain]:
        """What JSON can hold, sorted by key."""
        return {key: plain(value) for key, value in sorted(self.attributes.items())}

    @cached_property
    def texts(self) -> dict[str, str]:
        """Each as text."""
        return {key: text(value) for key, value in self.attributes.items()}


class Source(NamedTuple):
    """What a line is made of."""

    record: Any
    """The LogRecord."""
    attributes: Rest
    resource: Rest
    scope: Any
    """The InstrumentationScope."""


class UnknownFormat(Exception):
    """A `loki.format` that there is not."""


def line(form: str, source: Source) -> str:
    """Return the line; `UnknownFormat` unless it is json, logfmt or raw."""
    make = _FORMATS.get(form)
    if make is None:
        raise UnknownFormat(f"invalid format {form[:32]}, expected one of: {', '.join(_FORMATS)}")
    return make(source)


def raw_line(source: Source) -> str:
    """Return the body as text."""
    return text(source.record.body)


def _json_line(source: Source) -> str:
    record, scope = source.record, source.scope
    entry: dict[str, Any] = {}
    if record.body.WhichOneof("value") is not None:
        entry["body"] = plain(record.body)
    entry |= {
        "traceid": hex_id(record.trace_id),
        "spanid": hex_id(record.span_id),
        "severity": record.severity_text,
        "flags": record.flags,
        "attributes": source.attributes.plain,
        "resources": source.resource.plain,
    }
    if scope.name:
        named = {"name": scope.name, "version": scope.version}
        entry["instrumentation_scope"] = {key: value for key, value in named.items() if value}
    kept = {key: value for key, value in entry.items() if value or key == "body"}
    return orjson.dumps(kept).decode()


def _logfmt_line(source: Source) -> str:
    record, scope = source.record, source.scope
    pairs = dict(_body_pairs(record.body))
    known = {
        "traceID": hex_id(record.trace_id),
        "spanID": hex_id(record.span_id),
        "severity": record.severity_text,
        "flags": str(record.flags or ""),
    }
    pairs |= {key: value for key, value in known.items() if value}
    for prefix, rest in (("attribute_", source.attributes), ("resource_", source.resource)):
        for key, value in rest.attributes.items():
            pairs |= dict(_flattened(prefix + key, value))
    if scope.name:
        pairs["instrumentation_scope_name"] = scope.name
        if scope.version:
            pairs["instrumentation_scope_version"] = scope.version
    return encode(pairs)


def hex_id(identifier: bytes) -> str:
    """Return a trace or span id in hex; empty for none and for one of zeros."""
    return identifier.hex() if any(identifier) else ""


def _body_pairs(body: Any) -> Iterator[tuple[str, str]]:
    match body.WhichOneof("value"):
        case None:
            return
        case "string_value":
            pairs = parse(body.string_value)
            yield from pairs if pairs is not None else [("msg", body.string_value)]
        case "kvlist_value":
            yield from _flattened("", body)
        case "array_value":
            yield from _flattened("body", body)
        case _:
            yield "msg", _logfmt_text(body)


def _flattened(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield a pair for each value in maps and lists, their keys joined by underscores."""
    prefix = f"{key}_" if key else ""
    match value.WhichOneof("value"):
        case None:
            return
        case "kvlist_value":
            for member in value.kvlist_value.values:
                yield from _flattened(prefix + member.key, member.value)
        case "array_value":
            for number, member in enumerate(value.array_value.values):
                yield from _flattened(f"{prefix}{number}", member)
        case _:
            yield key, _logfmt_text(value)


def _logfmt_text(value: Any) -> str:
    """Return a single value as text; unlike in JSON, bytes are taken for text."""
    if value.WhichOneof("value") == "bytes_value":
        return bytes(value.bytes_value).decode("utf-8", "replace")
    return text(value)


_FORMATS: dict[str, Callable[[Source], str]] = {"json": _json_line, "logfmt": _logfmt_line, "raw": raw_line}

__all__ = ["Source", "UnknownFormat", "hex_id", "line", "raw_line"]
