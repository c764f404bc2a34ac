"""Writes the parts of OTLP metrics that every scrape repeats straight in protobuf's wire format.

A series' attributes are encoded once; a scrape then only adds time and value. Field numbers are those of
opentelemetry/proto/metrics/v1/metrics.proto.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from otel_agent.pdata.varint import varint

pack_double = struct.Struct("<d").pack
pack_fixed = struct.Struct("<Q").pack


_SHORT = 64
"""Characters of a label's value up to which its encoding is kept."""


def zigzag(number: int) -> int:
    """Map a signed number to the unsigned one that sint32 fields hold."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def block(field: int, content: bytes) -> bytes:
    """Encode a length-delimited field: text, bytes or a message."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def text(field: int, value: str) -> bytes:
    """Encode a string field, nothing when empty."""
    return block(field, value.encode()) if value else b""


def number(field: int, value: int) -> bytes:
    """Encode a varint field, nothing when zero."""
    return varint(field << 3) + varint(value) if value else b""


def double(field: int, value: float) -> bytes:
    """Encode a double field."""
    return varint(field << 3 | 1) + pack_double(value)


def fixed(field: int, value: int) -> bytes:
    """Encode a fixed64 field."""
    return varint(field << 3 | 1) + pack_fixed(value)


def packed_doubles(field: int, values: Sequence[float]) -> bytes:
    """Encode a packed repeated double field, nothing when empty."""
    return block(field, struct.pack(f"<{len(values)}d", *values)) if values else b""


def packed_fixed(field: int, values: Sequence[int]) -> bytes:
    """Encode a packed repeated fixed64 field, nothing when empty."""
    return block(field, struct.pack(f"<{len(values)}Q", *values)) if values else b""


def packed_varints(field: int, values: Iterable[int]) -> bytes:
    """Encode a packed repeated uint64 field, nothing when empty."""
    content = b"".join([varint(value) for value in values])
    return block(field, content) if content else b""


def attributes(field: int, labels: Mapping[str, str]) -> bytes:
    """Encode KeyValue messages with string values, empty values left out."""
    return b"".join(
        [
            _attribute(field, name, value) if len(value) <= _SHORT else _attribute.__wrapped__(field, name, value)
            for name, value in labels.items()
            if value
        ]
    )


@lru_cache(maxsize=4096)
def _attribute(field: int, name: str, value: str) -> bytes:
    """Encode one. The series of a target share most of their labels; long values are not worth the memory."""
    return block(field, text(1, name) + block(2, block(1, value.encode())))
