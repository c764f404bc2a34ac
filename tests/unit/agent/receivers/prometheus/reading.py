"""A readable form of the requests that the receiver makes."""

from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

REPORTS = {
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
}


def decode(data: bytes) -> Any:
    return ExportMetricsServiceRequest.FromString(data)


def metrics_of(request: Any) -> dict[str, Any]:
    """Metrics of all resources and scopes by name."""
    scopes = (scope for resource in request.resource_metrics for scope in resource.scope_metrics)
    return {metric.name: metric for scope in scopes for metric in scope.metrics}


def points_of(metric: Any) -> dict[tuple[str, ...], Any]:
    """Points by the values of their attributes, in the order of the names."""
    points = getattr(metric, metric.WhichOneof("data")).data_points
    found = {}
    for point in points:
        attributes = sorted((each.key, each.value.string_value) for each in point.attributes)
        found[tuple(value for _, value in attributes)] = point
    assert len(found) == len(points), "two points with the same attributes"
    return found


def attributes_of(item: Any) -> dict[str, str]:
    return {each.key: each.value.string_value for each in item.attributes}


def up(request: Any) -> float:
    """Value of `up`; -1 where there is none."""
    metric = metrics_of(request).get("up")
    return -1.0 if metric is None else metric.gauge.data_points[0].as_double
