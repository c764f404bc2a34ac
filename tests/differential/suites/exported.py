"""The prometheus exporter: metrics of all kinds, as SDKs make them and as nobody should, under its options."""

from __future__ import annotations

from random import Random
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from tests.differential import generating
from tests.differential.pages import OPEN_METRICS, TEXT, PageSuite

_NAMES = (
    "http.server.duration",
    "requests",
    "requests_total",
    "queue.size",
    "a-b",
    "cpu time",
    "ratio",
    "x.bytes",
    "ünïcode",
    "_",
)
_UNITS = ("", "s", "ms", "By", "1", "{request}", "By/s", "m/s", "%", "Cel", "{x}/s", "1/min", "kBy", "a b", "requests")
_KEYS = ("http.method", "code", "k", "le.x", "ünï", "9lives", "A_b", "user id", "_private", "otel.x")
_TEXTS = ("", "GET", 'a"b', "back\\slash", "line\nbreak", "ünïcödé", "日本", "x=y,z", " pad ", "{}")
_BOUNDS = (0.0, 0.005, 0.1, 1.0, 2.5, 10.0, 1e6)
_NOW = 1_790_000_000_000_000_000


def family(configuration: int) -> tuple[PageSuite, ...]:
    """Return a suite for each format with options generated from a number."""
    suites = []
    for name, accept in (("text", TEXT), ("openmetrics", OPEN_METRICS)):
        random = Random(f"exported {name} {configuration}")
        suites.append(PageSuite(f"prometheus-exporter-{name}-{configuration}", options(random), metrics, accept, known))
    return tuple(suites)


def options(random: Random) -> dict[str, Any]:
    """Return options of the exporter."""
    chosen: dict[str, Any] = {}
    if random.random() < 0.4:
        chosen["namespace"] = random.choice(("shop", "my-app", "a.b"))
    if random.random() < 0.4:
        chosen["const_labels"] = {"site": "eu"}
    if random.random() < 0.4:
        chosen["send_timestamps"] = True
    if random.random() < 0.5:
        chosen["resource_to_telemetry_conversion"] = {"enabled": True}
    if random.random() < 0.5:
        chosen["without_scope_info"] = True
    strategy = random.choice(("", "", "UnderscoreEscapingWithSuffixes", "UnderscoreEscapingWithoutSuffixes"))
    if strategy:
        chosen["translation_strategy"] = strategy
    return chosen


def known(line: str, go: str | None, ours: str | None) -> str | None:
    """Return the reason of a difference that the exporter's README lists."""
    if go is not None and ours is not None and " # " in go + ours:
        value, _, exemplar = ours.partition(" # ")
        if exemplar.startswith("{ ") and value == go:
            return "exemplars without labels: Go leaves them out"
        if not exemplar and go.startswith(value) and not line.partition("{")[0].endswith(("_total", "_bucket")):
            return "exemplars of a counter whose name does not end in _total are not valid OpenMetrics"
    return None


def metrics(random: Random, mark: str) -> Message:
    """Return a request of one or two resources with metrics whose names hold the mark."""
    request = ExportMetricsServiceRequest()
    for number in range(random.randint(1, 2)):
        group = request.resource_metrics.add()
        described = {"service.name": f"{mark}.{number}", "host.name": random.choice(_TEXTS)}
        if random.random() < 0.6:
            described["service.instance.id"] = f"{mark}-i{number}"
        if random.random() < 0.3:
            described["service.namespace"] = "shop"
        generating.fill_attributes(group.resource.attributes, described)
        for place in range(random.randint(1, 2)):
            scope = group.scope_metrics.add(schema_url=random.choice(("", "https://schema")))
            scope.scope.name, scope.scope.version = f"lib{place}", random.choice(("", "1.2"))
            if random.random() < 0.3:
                generating.fill_attributes(scope.scope.attributes, {"team": "x", "build.id": 7})
            for serial in range(random.randint(1, 4)):
                _metric(random, scope.metrics.add(), f"{random.choice(_NAMES)}.{mark}{number}{place}{serial}")
    return request


def _metric(random: Random, metric: Any, name: str) -> None:
    metric.name, metric.unit = name, random.choice(_UNITS)
    metric.description = random.choice(("", "What it counts.", 'Two\nlines \\ and "quotes"'))
    kind = random.choice(("gauge", "sum", "sum", "histogram", "summary", "exponential_histogram"))
    data = getattr(metric, kind)
    if kind not in ("gauge", "summary"):
        data.aggregation_temporality = 2
    if kind == "sum":
        data.is_monotonic = random.random() < 0.7
    for serial in range(random.randint(1, 3)):
        point = data.data_points.add(time_unix_nano=_NOW + serial * 10**9, start_time_unix_nano=_NOW - 10**10)
        generating.fill_attributes(point.attributes, {**_labels(random), "serial": serial})
        {"gauge": _number, "sum": _number, "histogram": _histogram, "summary": _summary}.get(kind, _exponential)(random, point)
        if kind in ("sum", "histogram") and random.random() < 0.5:
            _exemplar(random, point.exemplars.add())


def _labels(random: Random) -> dict[str, Any]:
    values = (random.choice(_TEXTS), random.randint(-5, 500), 1.5, True, [1, "a"], {"a": 1})
    return {random.choice(_KEYS): random.choice(values) for _ in range(random.randint(0, 3))}


def _number(random: Random, point: Any) -> None:
    if random.random() < 0.5:
        point.as_int = random.choice((0, 1, 17, 2**53 + 1, random.randint(0, 10**9)))
    else:
        point.as_double = random.choice((0.0, 0.1, 1e21, 1e-7, 123456789.0, float("inf"), 1 / 3))


def _histogram(random: Random, point: Any) -> None:
    bounds = sorted(random.sample(_BOUNDS, random.randint(0, 4)))
    counts = [random.randint(0, 9) for _ in range(len(bounds) + 1)]
    point.explicit_bounds.extend(bounds)
    point.bucket_counts.extend(counts)
    point.count = sum(counts)
    if random.random() < 0.8:
        point.sum = random.choice((0.0, 3.5, 1e9))


def _summary(random: Random, point: Any) -> None:
    point.count, point.sum = random.randint(0, 9), random.choice((0.0, 2.5))
    for quantile in sorted(random.sample((0.0, 0.5, 0.99, 1.0), random.randint(0, 3))):
        point.quantile_values.add(quantile=quantile, value=random.choice((0.0, 1.5, 200.0)))


def _exponential(random: Random, point: Any) -> None:
    point.scale = random.randint(-2, 4)
    point.positive.offset = random.randint(-3, 3)
    point.positive.bucket_counts.extend(random.randint(0, 4) for _ in range(random.randint(1, 5)))
    point.zero_count = random.randint(0, 2)
    point.count = sum(point.positive.bucket_counts) + point.zero_count
    point.sum = random.choice((0.0, 7.5))


def _exemplar(random: Random, exemplar: Any) -> None:
    exemplar.time_unix_nano = _NOW
    exemplar.as_double = random.choice((0.0, 0.05, 1.5, 7.0))
    if random.random() < 0.8:
        exemplar.trace_id, exemplar.span_id = random.randbytes(16), random.randbytes(8)
    if random.random() < 0.3:
        generating.fill_attributes(exemplar.filtered_attributes, {"user": "u1"})
