"""Keys that are equal for equal attributes, metrics and streams, whatever their order on the wire. Pure."""

from collections.abc import Iterable
from typing import Any


def attributes_identity(attributes: Iterable[Any]) -> bytes:
    """Return the same bytes for the same set of attributes; of a key that occurs twice, the last counts."""
    values = {attribute.key: attribute.value for attribute in attributes}
    return b"".join(_framed(key.encode()) + _framed(_value(values[key])) for key in sorted(values))


def scope_identity(scope: Any) -> bytes:
    """Return a key of an instrumentation scope."""
    parts = (scope.name.encode(), scope.version.encode(), attributes_identity(scope.attributes))
    return b"".join(map(_framed, parts))


def metric_identity(metric: Any, kind: str) -> bytes:
    """Return a key of what makes two metrics different: name, unit, kind, temporality and whether it is monotonic."""
    data = getattr(metric, kind)
    traits = (getattr(data, "aggregation_temporality", 0), getattr(data, "is_monotonic", False))
    return b"".join(map(_framed, (metric.name.encode(), metric.unit.encode(), kind.encode(), repr(traits).encode())))


def joined(*parts: bytes) -> bytes:
    """Return one key of several, such that different ones give different keys."""
    return b"".join(map(_framed, parts))


def _value(value: Any) -> bytes:
    kind = value.WhichOneof("value") or ""
    if kind == "kvlist_value":
        return b"map" + attributes_identity(value.kvlist_value.values)
    if kind == "array_value":
        return b"list" + b"".join(_framed(_value(member)) for member in value.array_value.values)
    return bytes(value.SerializeToString(deterministic=True))


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part
