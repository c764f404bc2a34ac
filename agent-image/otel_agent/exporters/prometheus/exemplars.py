"""Exemplars, as the formats show them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar

from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.prometheus.labels import labels_text


class ShownExemplar(NamedTuple):
    """An exemplar; `labels` as `labels_text` writes them, `time` in nanoseconds since 1970."""

    value: float
    labels: str
    time: int


ReadExemplars = Callable[[Any], list[ShownExemplar]]


def shown_exemplars(data: Any) -> list[ShownExemplar]:
    """Decode exemplars; their labels are the ids of trace and span as far as they have them. `InvalidTelemetry`."""
    try:
        return [_shown(Exemplar.FromString(each)) for each in data]
    except DecodeError as error:
        raise InvalidTelemetry(f"malformed exemplar: {error}") from error


def _shown(exemplar: Any) -> ShownExemplar:
    ids = {"span_id": exemplar.span_id, "trace_id": exemplar.trace_id}
    labels = {name: value.hex() for name, value in ids.items() if any(value)}
    value = exemplar.as_int if exemplar.WhichOneof("value") == "as_int" else exemplar.as_double
    return ShownExemplar(value, labels_text(labels), exemplar.time_unix_nano)
