from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.processors.transform.config import TransformConfig


def empty() -> tuple[Any, Any]:
    request = REQUESTS[Signal.METRICS]()
    return request, request.resource_metrics.add().scope_metrics.add()


def metrics_of(request: Any) -> list[Any]:
    return list(request.resource_metrics[0].scope_metrics[0].metrics)


def add_point(points: Any, host: str = "a", time: int = 10, start: int = 1, **fields: Any) -> Any:
    point = points.add(time_unix_nano=time, start_time_unix_nano=start, **fields)
    point.attributes.add(key="host").value.string_value = host
    return point


def labels(point: Any) -> dict[str, Any]:
    return {entry.key: entry.value.string_value or entry.value.double_value for entry in point.attributes}


def test_a_sum_becomes_a_gauge_and_a_gauge_a_sum(transform: Any) -> None:
    request, scope = empty()
    add_point(scope.metrics.add(name="s").sum.data_points, as_int=3)
    add_point(scope.metrics.add(name="g").gauge.data_points, as_double=1.5)
    group = {
        "context": "metric",
        "statements": ['convert_sum_to_gauge() where name == "s"', 'convert_gauge_to_sum("delta", true) where name == "g"'],
    }
    first, second = metrics_of(transform(Signal.METRICS, request, group))
    assert first.WhichOneof("data") == "gauge"
    assert first.gauge.data_points[0].as_int == 3
    assert second.sum.data_points[0].as_double == 1.5
    assert (second.sum.aggregation_temporality, second.sum.is_monotonic) == (1, True)


def test_count_and_sum_of_a_histogram_become_metrics(transform: Any) -> None:
    request, scope = empty()
    metric = scope.metrics.add(name="h", unit="s", description="d")
    metric.histogram.aggregation_temporality = 2
    add_point(metric.histogram.data_points, count=4, sum=2.5)
    add_point(metric.histogram.data_points, host="b", count=1)
    statements = ['extract_count_metric(true) where name == "h"', 'extract_sum_metric(false, ".total") where name == "h"']
    _, count, total = metrics_of(transform(Signal.METRICS, request, {"context": "metric", "statements": statements}))
    assert (count.name, count.unit, count.description, count.sum.is_monotonic) == ("h_count", "1", "d", True)
    assert [(point.as_int, labels(point)) for point in count.sum.data_points] == [(4, {"host": "a"}), (1, {"host": "b"})]
    assert (total.name, total.unit, total.sum.aggregation_temporality) == ("h.total", "s", 2)
    assert [point.as_double for point in total.sum.data_points] == [2.5]


def test_the_items_of_new_metrics_are_counted(processor_of: Any) -> None:
    request, scope = empty()
    metric = scope.metrics.add(name="h")
    metric.histogram.aggregation_temporality = 2
    add_point(metric.histogram.data_points, count=4)
    processor = processor_of(Signal.METRICS, {"context": "metric", "statements": ["extract_count_metric(true) where type == 3"]})
    assert processor.rewrite(Telemetry(Signal.METRICS, request.SerializeToString(), 1)).items == 2


def test_parts_of_a_summary_become_metrics(transform: Any) -> None:
    request, scope = empty()
    metric = scope.metrics.add(name="y")
    add_point(metric.summary.data_points, count=4, sum=2.5).quantile_values.add(quantile=0.5, value=7.0)
    groups = (
        {
            "context": "datapoint",
            "statements": [
                'convert_summary_count_val_to_sum("delta", true)',
                'convert_summary_sum_val_to_sum("cumulative", false)',
            ],
        },
        {"context": "metric", "statements": ["convert_summary_quantile_val_to_gauge()"]},
    )
    _, count, total, quantiles = metrics_of(transform(Signal.METRICS, request, *groups))
    assert (count.name, count.sum.data_points[0].as_int, count.sum.aggregation_temporality) == ("y_count", 4, 1)
    assert (total.name, total.sum.data_points[0].as_double, total.sum.is_monotonic) == ("y_sum", 2.5, False)
    (point,) = quantiles.gauge.data_points
    assert (quantiles.name, point.as_double, labels(point)) == ("y.quantiles", 7.0, {"host": "a", "quantile": 0.5})


def test_a_copied_metric_is_worked_on_in_its_turn(transform: Any) -> None:
    request, scope = empty()
    add_point(scope.metrics.add(name="a", unit="s").gauge.data_points, as_int=1)
    statements = ['copy_metric(name = "b") where name == "a"', 'set(unit, "ms") where name == "b"']
    first, second = metrics_of(transform(Signal.METRICS, request, {"context": "metric", "statements": statements}))
    assert (first.name, first.unit, second.name, second.unit) == ("a", "s", "b", "ms")
    assert second.gauge.data_points[0].as_int == 1


def test_copies_of_copies_end(transform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agent.processors.transform.functions.copying.MOST_METRICS", 5)
    request, scope = empty()
    add_point(scope.metrics.add(name="a").gauge.data_points, as_int=1)
    assert len(metrics_of(transform(Signal.METRICS, request, {"context": "metric", "statements": ["copy_metric()"]}))) == 5


def test_a_metric_is_scaled(transform: Any) -> None:
    request, scope = empty()
    gauge = scope.metrics.add(name="g", unit="s").gauge.data_points
    add_point(gauge, as_int=3)
    add_point(gauge, as_double=0.5)
    point = add_point(scope.metrics.add(name="h").histogram.data_points, sum=2.0, explicit_bounds=[1.0, 2.0])
    point.exemplars.add(as_int=5)
    first, second = metrics_of(transform(Signal.METRICS, request, 'scale_metric(1000, "ms") where metric.name != ""'))
    assert [point.as_int or point.as_double for point in first.gauge.data_points] == [3000, 500.0]
    assert first.unit == "ms"
    (point,) = second.histogram.data_points
    assert (point.sum, list(point.explicit_bounds), point.exemplars[0].as_int) == (2000.0, [1000.0, 2000.0], 5000)
    assert not point.HasField("min")


AGGREGATED: list[tuple[str, int, float]] = [
    ("sum", 9, 4.5),
    ("max", 5, 3.0),
    ("min", 1, 0.5),
    ("mean", 3, 1.5),
    ("median", 3, 1.0),
    ("count", 3, 3.0),
]


@pytest.mark.parametrize(("function", "whole", "fraction"), AGGREGATED)
def test_points_that_differ_no_longer_are_aggregated(transform: Any, function: str, whole: int, fraction: float) -> None:
    request, scope = empty()
    ints, doubles = scope.metrics.add(name="i").sum.data_points, scope.metrics.add(name="d").gauge.data_points
    for host, start, number, double in (("a", 3, 1, 0.5), ("b", 2, 3, 1.0), ("c", 4, 5, 3.0)):
        add_point(ints, host, start=start, as_int=number)
        add_point(doubles, host, as_double=double)
    add_point(ints, "a", time=11, as_int=100)
    statement = f'aggregate_on_attributes("{function}", []) where metric.name != ""'
    first, second = metrics_of(transform(Signal.METRICS, request, statement))
    assert [(point.as_int, point.time_unix_nano) for point in first.sum.data_points] == [(whole, 10), (100, 11)]
    assert first.sum.data_points[0].start_time_unix_nano == 2
    assert [point.as_double for point in second.gauge.data_points] == [fraction]


def test_points_are_aggregated_over_values_of_an_attribute(transform: Any) -> None:
    request, scope = empty()
    points = scope.metrics.add(name="i").sum.data_points
    for host in ("a", "b", "c"):
        add_point(points, host, as_int=1)
    statement = 'aggregate_on_attribute_value("sum", "host", ["a", "b"], "ab") where metric.name != ""'
    (metric,) = metrics_of(transform(Signal.METRICS, request, statement))
    assert [(point.as_int, labels(point)) for point in metric.sum.data_points] == [(2, {"host": "ab"}), (1, {"host": "c"})]


def test_histograms_are_merged(transform: Any) -> None:
    request, scope = empty()
    points = scope.metrics.add(name="h").histogram.data_points
    for host, low in (("a", 1.0), ("b", 0.5)):
        add_point(points, host, count=3, sum=2.0, min=low, max=9.0, explicit_bounds=[1.0], bucket_counts=[1, 2])
    exponential = scope.metrics.add(name="e").exponential_histogram.data_points
    for offset in (2, 0):
        point = add_point(exponential, count=2, zero_count=1)
        point.positive.offset = offset
        point.positive.bucket_counts[:] = [1, 2]
    first, second = metrics_of(transform(Signal.METRICS, request, 'aggregate_on_attributes("sum", []) where metric.name != ""'))
    (point,) = first.histogram.data_points
    assert (point.count, point.sum, point.min, list(point.bucket_counts)) == (6, 4.0, 0.5, [2, 4])
    (point,) = second.exponential_histogram.data_points
    assert (point.count, point.zero_count, point.positive.offset, list(point.positive.bucket_counts)) == (4, 2, 0, [1, 2, 1, 2])


@pytest.mark.parametrize(
    ("distribution", "counts"),
    [("upper", [0, 5, 4, 0]), ("midpoint", [5, 0, 4, 0]), ("uniform", [0, 3, 6, 0]), ("random", None)],
)
def test_an_exponential_histogram_gets_explicit_bounds(transform: Any, distribution: str, counts: list[int] | None) -> None:
    request, scope = empty()
    metric = scope.metrics.add(name="e")
    metric.exponential_histogram.aggregation_temporality = 2
    point = add_point(metric.exponential_histogram.data_points, count=9, sum=20.0)
    point.positive.offset = 1
    point.positive.bucket_counts[:] = [5, 4]  # (2, 4] and (4, 8]
    statement = f'convert_exponential_histogram_to_histogram("{distribution}", [1.0, 4.5, 9.0, 20.0]) where metric.name != ""'
    (metric,) = metrics_of(transform(Signal.METRICS, request, statement))
    (point,) = metric.histogram.data_points
    assert (point.count, point.sum, list(point.explicit_bounds)) == (9, 20.0, [1.0, 4.5, 9.0, 20.0])
    assert sum(point.bucket_counts) == 9
    assert metric.histogram.aggregation_temporality == 2
    if distribution == "upper":
        assert list(point.bucket_counts) == [5, 0, 4, 0]
    elif distribution == "uniform":
        assert list(point.bucket_counts) == [5, 2, 2, 0]


def test_an_exponential_histogram_of_an_impossible_scale_stays_as_it_is(transform: Any) -> None:
    request, scope = empty()
    point = add_point(scope.metrics.add(name="e").exponential_histogram.data_points, count=9, sum=20.0)
    point.scale = -(2**31)
    point.positive.bucket_counts[:] = [5, 4]
    statement = 'convert_exponential_histogram_to_histogram("uniform", [1.0]) where metric.name != ""'
    (metric,) = metrics_of(transform(Signal.METRICS, request, statement))
    assert metric.exponential_histogram.data_points[0] == point


def test_buckets_are_merged_by_bound_and_by_number(transform: Any) -> None:
    for argument, bounds, counts in (
        ("2.0", [1.0, 3.0], [1, 5, 4]),
        ('2, "limit_buckets"', [2.0], [3, 7]),
        ("9.0", [1.0, 2.0, 3.0], [1, 2, 3, 4]),
    ):
        request, scope = empty()
        add_point(scope.metrics.add(name="h").histogram.data_points, explicit_bounds=[1.0, 2.0, 3.0], bucket_counts=[1, 2, 3, 4])
        group = {"context": "datapoint", "statements": [f"merge_histogram_buckets({argument})"]}
        (point,) = metrics_of(transform(Signal.METRICS, request, group))[0].histogram.data_points
        assert (list(point.explicit_bounds), list(point.bucket_counts)) == (bounds, counts)


POINT_FIELDS: list[tuple[str, str, Any]] = [
    ("set(datapoint.value_int, 7) where datapoint.value_int == 1", "NumberDataPoint", ("as_int", 7)),
    ("set(datapoint.value_double, 0.5) where metric.type == METRIC_DATA_TYPE_GAUGE", "NumberDataPoint", ("as_double", 0.5)),
    ("set(datapoint.count, 5) where datapoint.count == 4", "HistogramDataPoint", ("count", 5)),
    ("set(datapoint.sum, 0.5)", "HistogramDataPoint", ("sum", 0.5)),
    ("set(datapoint.bucket_counts, [3, 4])", "HistogramDataPoint", ("bucket_counts", [3, 4])),
    ("set(datapoint.explicit_bounds, [3.5])", "HistogramDataPoint", ("explicit_bounds", [3.5])),
    ("set(datapoint.flags, FLAG_NO_RECORDED_VALUE)", "HistogramDataPoint", ("flags", 1)),
]


@pytest.mark.parametrize(("statement", "kind", "expected"), POINT_FIELDS)
def test_a_statement_changes_a_field_of_a_data_point(
    transform: Any, statement: str, kind: str, expected: tuple[str, Any]
) -> None:
    request, scope = empty()
    add_point(scope.metrics.add(name="g").gauge.data_points, as_int=1)
    add_point(scope.metrics.add(name="h").histogram.data_points, count=4)
    gauge, histogram = metrics_of(transform(Signal.METRICS, request, statement, error_mode="silent"))
    point = gauge.gauge.data_points[0] if kind == "NumberDataPoint" else histogram.histogram.data_points[0]
    found = getattr(point, expected[0])
    assert (list(found) if isinstance(expected[1], list) else found) == expected[1]


def test_fields_of_a_metric_are_set(transform: Any) -> None:
    request, scope = empty()
    add_point(scope.metrics.add(name="s").sum.data_points, as_int=1)
    statements = (
        "set(metric.description, metric.name)",
        "set(metric.aggregation_temporality, AGGREGATION_TEMPORALITY_DELTA)",
        "set(metric.is_monotonic, true)",
        'set(metric.metadata["k"], "v")',
    )
    (metric,) = metrics_of(transform(Signal.METRICS, request, *statements))
    assert (metric.description, metric.sum.aggregation_temporality, metric.sum.is_monotonic) == ("s", 1, True)
    assert metric.metadata[0].value.string_value == "v"


MISTAKES: list[tuple[str, str, str]] = [
    ("metric", 'convert_gauge_to_sum("x", true)', "the aggregation temporality is delta or cumulative, not 'x'"),
    ("metric", 'aggregate_on_attributes("x")', "the aggregation is one of sum, max"),
    ("metric", 'convert_exponential_histogram_to_histogram("x", [1.0])', "the distribution is one of upper, midpoint"),
    ("metric", 'convert_exponential_histogram_to_histogram("upper", [])', "explicit_bounds is empty"),
    ("datapoint", 'merge_histogram_buckets(1.5, "limit_buckets")', "a positive whole number"),
    ("datapoint", "convert_sum_to_gauge()", "unknown function convert_sum_to_gauge in the datapoint context"),
    ("metric", "extract_count_metric()", "extract_count_metric lacks its argument monotonic; it takes 1 to 2 arguments"),
]


@pytest.mark.parametrize(("context", "statement", "message"), MISTAKES)
def test_a_mistake_is_refused(context: str, statement: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TransformConfig.model_validate({"metric_statements": [{"context": context, "statements": [statement]}]})
