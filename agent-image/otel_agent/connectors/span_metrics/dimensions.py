"""Which series a span belongs to: the values of the configured dimensions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from otel_agent.connectors.span_metrics.config import FIXED_DIMENSIONS, SCOPE_DIMENSIONS, Dimension
from otel_agent.connectors.span_metrics.series import OVERFLOW, Key

_KINDS: dict[int, str] = {number: name for name, number in Span.SpanKind.items()}
_STATUSES: dict[int, str] = {number: name for name, number in Status.StatusCode.items()}
_READ: dict[str, Callable[[str, Any], str]] = {
    "service.name": lambda service, span: service,
    "span.name": lambda service, span: span.name,
    "span.kind": lambda service, span: _KINDS.get(span.kind, _KINDS[0]),
    "status.code": lambda service, span: _STATUSES.get(span.status.code, _STATUSES[0]),
}


class KeyMaker:
    """Makes the keys of one metric, and attributes from keys."""

    def __init__(self, excluded: Sequence[str], dimensions: Sequence[Dimension], scopes: Sequence[str]) -> None:
        dimensions = list({dimension.name: dimension for dimension in dimensions}.values())  # the last of a name counts, as in Go
        fixed = [name for name in FIXED_DIMENSIONS if name not in excluded]
        self._fixed = [_READ[name] for name in fixed]
        self._dimensions = [
            (dimension.name, None if dimension.default is None else _text(dimension.default)) for dimension in dimensions
        ]
        self._scopes = frozenset(scopes)
        self._names = (*fixed, *(dimension.name for dimension in dimensions), *(SCOPE_DIMENSIONS if scopes else ()))

    def key(self, service: str, span: Any, scope: Any, *attributes: Mapping[str, Any]) -> Key:
        """Return the values for a span; each dimension from the first of `attributes` that has it, as serialized AnyValue."""
        values: list[Any] = [read(service, span) for read in self._fixed]
        for name, default in self._dimensions:
            found = next((source[name] for source in attributes if name in source), None)
            values.append(default if found is None else found.SerializeToString(deterministic=True))
        if self._scopes:
            values += (scope.name, scope.version) if scope.name in self._scopes else (None, None)
        return tuple(values)

    def fill(self, key: Key, attributes: Any) -> None:
        """Write a key into an empty repeated KeyValue."""
        if key == OVERFLOW:
            attributes.add(key=OVERFLOW[0]).value.bool_value = True
            return
        for name, value in zip(self._names, key, strict=True):
            if isinstance(value, str):
                attributes.add(key=name).value.string_value = value
            elif value is not None:
                attributes.add(key=name).value.MergeFromString(value)


def _text(value: str) -> bytes:
    return AnyValue(string_value=value).SerializeToString(deterministic=True)
