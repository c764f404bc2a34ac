"""Keys of resources and streams, bit for bit those of the Go exporter, whatever the order of attributes. Pure.

A set of attributes is written out with a byte before each part and hashed by XXH64, once as it is and once with a byte more: 16
bytes. FNV-1a over those and the names makes the identity, of which the key is the text `resource/<hex>` or `stream/<hex>`.
"""

import struct
from collections.abc import Iterable
from typing import Any

import xxhash

_KEY, _EMPTY, _BYTES, _TEXT, _TRUE, _FALSE, _INTEGER, _DOUBLE = (bytes((code,)) for code in range(0xF4, 0xFC))
_MAP, _MAP_END, _LIST, _LIST_END = (bytes((code,)) for code in range(0xFC, 0x100))
_SECOND_HALF = b"\xf3"
_NO_ATTRIBUTES = bytes(16)
_FNV_START, _FNV_PRIME, _FNV_BITS = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF
_KINDS = {"gauge": 1, "sum": 2, "histogram": 3, "exponential_histogram": 4, "summary": 5}


def resource_key(resource: Any) -> bytes:
    """Return the key of a resource."""
    return f"resource/{_fnv(_attributes_hash(resource.attributes)):x}".encode()


def metric_hash(resource: Any, scope: Any, metric: Any, kind: str) -> int:
    """Return what the keys of a metric's streams begin with; `kind` is the name of its `data`."""
    data = getattr(metric, kind)
    monotonic = kind in ("histogram", "exponential_histogram") or getattr(data, "is_monotonic", False)
    traits = bytes((_KINDS[kind], monotonic, getattr(data, "aggregation_temporality", 0) & 0xFF))
    names = (scope.name.encode(), scope.version.encode(), _attributes_hash(scope.attributes))
    parts = (_attributes_hash(resource.attributes), *names, metric.name.encode(), metric.unit.encode(), traits)
    return _fnv(b"".join(parts))


def stream_key(metric: int, point: Any) -> bytes:
    """Return the key of the stream that a point of a metric, given by its hash, belongs to."""
    return f"stream/{_fnv(_attributes_hash(point.attributes), metric):x}".encode()


def _fnv(data: bytes, state: int = _FNV_START) -> int:
    for byte in data:
        state = ((state ^ byte) * _FNV_PRIME) & _FNV_BITS
    return state


def _attributes_hash(attributes: Iterable[Any]) -> bytes:
    written = _map(attributes)
    if not written:
        return _NO_ATTRIBUTES
    halves = (xxhash.xxh64_intdigest(written), xxhash.xxh64_intdigest(written + _SECOND_HALF))
    return struct.pack("<QQ", *halves)


def _map(attributes: Iterable[Any]) -> bytes:
    """Of a key that occurs twice, the first value counts, and twice."""
    pairs = [(attribute.key.encode(), attribute.value) for attribute in attributes]
    first: dict[bytes, Any] = {}
    for key, value in pairs:
        first.setdefault(key, value)
    return b"".join(_KEY + key + _value(first[key]) for key in sorted(key for key, _ in pairs))


def _value(value: Any) -> bytes:
    match value.WhichOneof("value"):
        case "string_value":
            return _TEXT + bytes(value.string_value.encode())
        case "bool_value":
            return _TRUE if value.bool_value else _FALSE
        case "int_value":
            return _INTEGER + struct.pack("<q", value.int_value)
        case "double_value":
            return _DOUBLE + struct.pack("<d", value.double_value)
        case "kvlist_value":
            return _MAP + _map(value.kvlist_value.values) + _MAP_END
        case "array_value":
            return _LIST + b"".join(_value(member) for member in value.array_value.values) + _LIST_END
        case "bytes_value":
            return _BYTES + bytes(value.bytes_value)
    return _EMPTY
