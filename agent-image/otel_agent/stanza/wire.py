"""Writes entries as the bytes of OTLP log records: from templates, as a few bytes around each value, without message objects.

Field numbers are those of opentelemetry/proto/logs/v1/logs.proto and common/v1/common.proto.
"""

import math
import struct
from collections.abc import Iterable

from otel_agent.pdata.varint import varint
from otel_agent.stanza.entry import Entry, Value

WHITESPACE = b"\r\n\t "
"""What is taken off the sides of a record."""
_fixed64 = struct.Struct("<Q").pack
_fixed32 = struct.Struct("<I").pack
_double = struct.Struct("<d").pack
_MAX_KEYS = 4_096
_MAX_SHOWN = 2_048
"""Characters that stand for a value of a kind that OTLP does not have."""
_MAX_DEPTH = 28
"""Values nested deeper are left out: a level is up to three messages, and readers of OTLP give up at a hundred."""
_TOO_DEEP = b"\n\x11(nested too deep)"
_INT64 = 2**63


_keys: dict[str, bytes] = {}


def text_bytes(text: str) -> bytes:
    """Return UTF-8; what cannot be written (lone surrogates) becomes a question mark."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def any_value(value: Value, depth: int = 0) -> bytes:
    """Return an AnyValue."""
    kind = type(value)
    if kind is str:
        data = text_bytes(value)
        return b"\n%b%b" % (varint(len(data)), data)
    if value is None:
        return b""
    if kind is bool:
        return b"\x10\x01" if value else b"\x10\x00"
    if kind is float:
        return b"\x21" + _double(value)
    if kind is int:
        return b"\x18" + varint(value % 2**64) if -_INT64 <= value < _INT64 else b"\x21" + _double(_as_float(value))
    if kind is bytes:
        return b"\x3a%b%b" % (varint(len(value)), value)
    if kind not in (dict, list):
        return any_value(str(value)[:_MAX_SHOWN])
    if depth >= _MAX_DEPTH:
        return _TOO_DEEP
    if kind is dict:
        inner = key_values(value, b"\n", depth + 1)
        return b"\x32%b%b" % (varint(len(inner)), inner)
    items = [any_value(item, depth + 1) for item in value]
    inner = b"".join(b"\n%b%b" % (varint(len(item)), item) for item in items)
    return b"\x2a%b%b" % (varint(len(inner)), inner)


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def key_values(attributes: dict[str, Value], tag: bytes, depth: int = 0) -> bytes:
    """Return KeyValues as repeated fields of this tag."""
    parts = []
    for key, value in attributes.items():
        head = _keys.get(key) or _key(key)
        if type(value) is str and len(value) < 128:
            data = text_bytes(value)
            size = len(data)
            total = len(head) + size + 4
            if total < 128:
                parts.append(b"%b%c%b\x12%c\n%c%b" % (tag, total, head, size + 2, size, data))
                continue
        data = any_value(value, depth)
        size_of_data = varint(len(data))
        parts.append(b"%b%b%b\x12%b%b" % (tag, varint(len(head) + 1 + len(size_of_data) + len(data)), head, size_of_data, data))
    return b"".join(parts)


def _key(key: str) -> bytes:
    data = text_bytes(str(key))
    head = b"\n%b%b" % (varint(len(data)), data)
    if len(_keys) >= _MAX_KEYS:
        _keys.clear()
    _keys[key] = head
    return head


def observed_time(nanoseconds: int) -> bytes:
    """Return the field observed_time_unix_nano of a LogRecord."""
    return b"\x59" + _fixed64(nanoseconds)


def framed(record: bytes) -> bytes:
    """Return a LogRecord as one of the log_records of a ScopeLogs."""
    return b"\x12%b%b" % (varint(len(record)), record)


def text_records(lines: list[bytes], rest: bytes, leading: bool, trailing: bool) -> tuple[bytes, int]:
    """Return framed LogRecords whose bodies are these lines, and how many; each has the fields of `rest` as well.

    White space goes where `leading` and `trailing` say so, then empty lines are left out. What is no UTF-8 becomes U+FFFD.
    """
    found = []
    small = 128 - 2
    constant = len(rest)
    for line in _texts(lines, leading, trailing):
        size = len(line)
        if size < small:
            inner = size + 2
            found.append(b"\x12%b\x2a%c\n%c%b%b" % (varint(inner + 2 + constant), inner, size, line, rest))
        else:
            length = varint(size)
            inner = 1 + len(length) + size
            inner_length = varint(inner)
            total = 1 + len(inner_length) + inner + constant
            found.append(b"\x12%b\x2a%b\n%b%b%b" % (varint(total), inner_length, length, line, rest))
    return b"".join(found), len(found)


def _texts(lines: list[bytes], leading: bool, trailing: bool) -> list[bytes]:
    if leading and trailing:
        lines = [line.strip(WHITESPACE) for line in lines]
    elif leading:
        lines = [line.lstrip(WHITESPACE) for line in lines]
    elif trailing:
        lines = [line.rstrip(WHITESPACE) for line in lines]
    texts = [line for line in lines if line]
    return texts if all(map(bytes.isascii, texts)) else [_valid(line) for line in texts]


def _valid(line: bytes) -> bytes:
    """Return a line as valid UTF-8: protobuf's strings have to be."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode("utf-8", "replace").encode()
    return line


def log_records(entries: Iterable[Entry]) -> bytes:
    """Return the framed LogRecords of entries."""
    return b"".join(map(log_record, entries))


def log_record(entry: Entry) -> bytes:
    """Return the LogRecord of an entry, framed for its ScopeLogs."""
    parts = []
    if entry.timestamp:
        parts.append(b"\x09" + _fixed64(entry.timestamp))
    if entry.severity:
        parts.append(b"\x10%c" % entry.severity)
    if entry.severity_text:
        data = text_bytes(entry.severity_text)
        parts.append(b"\x1a%b%b" % (varint(len(data)), data))
    if entry.body is not None:
        data = any_value(entry.body)
        parts.append(b"\x2a%b%b" % (varint(len(data)), data))
    if entry.attributes:
        parts.append(key_values(entry.attributes, b"\x32"))
    if entry.trace_flags:
        parts.append(b"\x45" + _fixed32(entry.trace_flags))
    if entry.trace_id:
        parts.append(b"\x4a\x10" + entry.trace_id)
    if entry.span_id:
        parts.append(b"\x52\x08" + entry.span_id)
    parts.append(b"\x59" + _fixed64(entry.observed))
    return framed(b"".join(parts))
