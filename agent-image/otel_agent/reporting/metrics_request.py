"""Writes the registry of own metrics as one OTLP request with cumulative sums, as the Go collector's readers do."""

from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from otel_agent.telemetry.exposition import prefix_of
from otel_agent.telemetry.instruments import Histogram, InstrumentKind
from otel_agent.telemetry.metrics import Family

_CUMULATIVE = 2


def metrics_request(families: Iterable[Family], resource: Mapping[str, str], started: int, now: int) -> tuple[bytes, int]:
    """Return the request and its number of data points. `started` and `now` are in nanoseconds since 1970."""
    request: Any = ExportMetricsServiceRequest()
    block = request.resource_metrics.add()
    add_attributes(block.resource.attributes, resource)
    scopes: dict[str, Any] = {}
    points = 0
    for family in families:
        if not family.instruments:
            continue
        if family.scope not in scopes:
            scopes[family.scope] = block.scope_metrics.add()
            scopes[family.scope].scope.name = family.scope
        metric = scopes[family.scope].metrics.add(
            name=prefix_of(family.name) + family.name, description=family.help, unit=family.unit
        )
        for key, instrument in family.instruments.items():
            if isinstance(instrument, Histogram):
                metric.histogram.aggregation_temporality = _CUMULATIVE
                point = metric.histogram.data_points.add(count=sum(instrument.counts), sum=instrument.sum)
                point.bucket_counts.extend(instrument.counts)
                point.explicit_bounds.extend(instrument.bounds)
            elif family.kind is InstrumentKind.SUM:
                metric.sum.aggregation_temporality, metric.sum.is_monotonic = _CUMULATIVE, True
                point = metric.sum.data_points.add()
                _set_number(point, instrument.read())
            else:
                point = metric.gauge.data_points.add()
                _set_number(point, instrument.read())
            point.start_time_unix_nano, point.time_unix_nano = started, now
            add_attributes(point.attributes, dict(key))
            points += 1
    data: bytes = request.SerializeToString()
    return data, points


def add_attributes(target: Any, values: Mapping[str, Any]) -> None:
    """Append key-values: numbers and booleans as themselves, everything else as text."""
    for key, value in values.items():
        attribute = target.add(key=key)
        if isinstance(value, bool):
            attribute.value.bool_value = value
        elif isinstance(value, int) and -(2**63) <= value < 2**63:
            attribute.value.int_value = value
        elif isinstance(value, float):
            attribute.value.double_value = value
        else:
            attribute.value.string_value = str(value).encode("utf-8", "replace").decode()


def _set_number(point: Any, value: float) -> None:
    if isinstance(value, int):
        point.as_int = value
    else:
        point.as_double = value
