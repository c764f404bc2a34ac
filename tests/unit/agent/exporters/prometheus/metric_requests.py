"""Metrics requests, made in a line."""

from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Signal, Telemetry

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
SECOND = 1_000_000_000
CUMULATIVE, DELTA = 2, 1

IDENTITY = {"service.name": "shop", "service.namespace": "web", "service.instance.id": "shop-1"}


def set_attributes(target: Any, attributes: dict[str, Any]) -> None:
    for key, value in attributes.items():
        entry = target.add(key=key)
        if isinstance(value, bool):
            entry.value.bool_value = value
        elif isinstance(value, int):
            entry.value.int_value = value
        else:
            entry.value.string_value = value


def sum_of(name: str, value: float, time: int = 1, start: int = 0, unit: str = "", **options: Any) -> Metric:
    """A sum of one point; times in seconds; `attributes`, `delta`, `monotonic`, `flags` as options."""
    metric = Metric(name=name, unit=unit, description=options.get("description", f"About {name}"))
    metric.sum.aggregation_temporality = DELTA if options.get("delta") else options.get("temporality", CUMULATIVE)
    metric.sum.is_monotonic = options.get("monotonic", True)
    point = metric.sum.data_points.add(time_unix_nano=time * SECOND, start_time_unix_nano=start * SECOND)
    point.flags = options.get("flags", 0)
    if isinstance(value, int):
        point.as_int = value
    else:
        point.as_double = value
    set_attributes(point.attributes, options.get("attributes", {}))
    return metric


def gauge_of(name: str, value: float, time: int = 1, unit: str = "", **options: Any) -> Metric:
    metric = Metric(name=name, unit=unit, description=options.get("description", f"About {name}"))
    point = metric.gauge.data_points.add(time_unix_nano=time * SECOND, as_double=value, flags=options.get("flags", 0))
    set_attributes(point.attributes, options.get("attributes", {}))
    return metric


def histogram_of(name: str, counts: list[int], bounds: list[float], time: int = 1, start: int = 0, **options: Any) -> Metric:
    metric = Metric(name=name, description=f"About {name}", unit=options.get("unit", ""))
    metric.histogram.aggregation_temporality = DELTA if options.get("delta") else CUMULATIVE
    point = metric.histogram.data_points.add(
        time_unix_nano=time * SECOND,
        start_time_unix_nano=start * SECOND,
        count=sum(counts),
        sum=options.get("sum", 1.5),
        bucket_counts=counts,
        explicit_bounds=bounds,
    )
    set_attributes(point.attributes, options.get("attributes", {}))
    return metric


def add_exemplar(point: Any, value: float, trace: str = "ab", span: str = "cd", time: int = 1) -> None:
    point.exemplars.add(
        as_double=value,
        time_unix_nano=time * SECOND,
        trace_id=bytes.fromhex(trace * 16) if trace else b"",
        span_id=bytes.fromhex(span * 8) if span else b"",
    )


def telemetry_of(
    *metrics: Metric, resource: dict[str, Any] | None = None, scope: str = "lib", **scope_attributes: Any
) -> Telemetry:
    request = ExportMetricsServiceRequest()
    of_resource = request.resource_metrics.add()
    set_attributes(of_resource.resource.attributes, IDENTITY if resource is None else resource)
    of_scope = of_resource.scope_metrics.add(schema_url="https://schema")
    of_scope.scope.name, of_scope.scope.version = scope, "1.2"
    set_attributes(of_scope.scope.attributes, scope_attributes)
    of_scope.metrics.extend(metrics)
    data = request.SerializeToString()
    return Telemetry(Signal.METRICS, data, kernel.count(Signal.METRICS, data))
