"""Metrics as they come in: one of a scope of a resource, with the series that its points were found to be."""

from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from otel_agent.exporters.prometheus.series import ExponentialSeries, HistogramSeries, NumberSeries, Series, SummarySeries
from otel_agent.exporters.prometheus.targets import Target
from otel_agent.prometheus.names import MetricType

KINDS: dict[str, tuple[MetricType, type[Series]]] = {
    "gauge": (MetricType.GAUGE, NumberSeries),
    "sum": (MetricType.GAUGE, NumberSeries),
    "histogram": (MetricType.HISTOGRAM, HistogramSeries),
    "exponential_histogram": (MetricType.HISTOGRAM, ExponentialSeries),
    "summary": (MetricType.SUMMARY, SummarySeries),
}
"""What points of a metric's kind are shown as, and the series that take them."""


class Stream:
    """A metric of one scope of one resource."""

    __slots__ = ("help", "kind", "labels", "make", "name", "points", "target", "unit")

    def __init__(
        self, target: Target, labels: dict[str, str], name: str, metric: Any, kind: MetricType, make: type[Series]
    ) -> None:
        self.target, self.labels, self.name = target, labels, name
        """`labels` are those that all its series have."""
        self.help, self.unit, self.kind, self.make = metric.description, metric.unit, kind, make
        self.points: dict[bytes, Series] = {}
        """By the bytes of a point's attributes: those of a histogram without their tags, so that they could mean two things, but
        only if a KeyValue had a field twice."""


def is_untyped(metric: Any) -> bool:
    """Whether a gauge says that it was scraped without a type."""
    entries = (KeyValue.FromString(each) for each in metric.metadata)
    return any(each.key == "prometheus.type" and each.value.string_value == "unknown" for each in entries)
