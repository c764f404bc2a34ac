"""extract_count_metric and extract_sum_metric: the count and the sum of histograms and summaries as metrics of their own."""

from typing import Any

from otel_agent.ottl.contexts.metrics import DATA_KINDS
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError
from otel_agent.processors.transform.functions.copying import add_metric
from otel_agent.processors.transform.functions.temporality import METRIC, MONOTONIC

_CUMULATIVE = 2


def _extract_count(item: Any, monotonic: bool, suffix: str) -> None:
    metric = item.item.message
    points, temporality = _source("extract_count_metric", metric)
    if not points:
        return
    made = add_metric(item)
    made.name, made.description, made.unit = metric.name + suffix, metric.description, "1"
    made.sum.aggregation_temporality, made.sum.is_monotonic = temporality, monotonic
    for point in points:
        add_point(made.sum, point).as_int = signed(point.count)


def _extract_sum(item: Any, monotonic: bool, suffix: str) -> None:
    metric = item.item.message
    points, temporality = _source("extract_sum_metric", metric)
    with_sum = [point for point in points if metric.WhichOneof("data") == "summary" or point.HasField("sum")]
    if not with_sum:
        return
    made = add_metric(item)
    made.name, made.description, made.unit = metric.name + suffix, metric.description, metric.unit
    made.sum.aggregation_temporality, made.sum.is_monotonic = temporality, monotonic
    for point in with_sum:
        add_point(made.sum, point).as_double = point.sum


def add_point(data: Any, point: Any) -> Any:
    """Append a number point with the attributes and times of another point."""
    made = data.data_points.add(start_time_unix_nano=point.start_time_unix_nano, time_unix_nano=point.time_unix_nano)
    made.attributes.extend(point.attributes)
    return made


def signed(count: int) -> int:
    """Return the same 64 bits with a sign."""
    return count - 2**64 if count >= 2**63 else count


def _source(function: str, metric: Any) -> tuple[Any, int]:
    """Points and temporality; a summary has none and counts as cumulative."""
    kind = metric.WhichOneof("data")
    if kind == "summary":
        return metric.summary.data_points, _CUMULATIVE
    if kind in DATA_KINDS[2:4] and (data := getattr(metric, kind)).aggregation_temporality:
        return data.data_points, data.aggregation_temporality
    raise EvaluationError(
        f"{function} is for histograms with a temporality and summaries, not for a {kind or 'metric without data'}"
    )


FUNCTIONS: tuple[Function, ...] = tuple(
    Function(
        name,
        (MONOTONIC, Parameter("suffix", Kind.STRING, optional=True, default=suffix, literal=True)),
        call,
        takes_item=True,
        contexts=METRIC,
    )
    for name, suffix, call in (
        ("extract_count_metric", "_count", _extract_count),
        ("extract_sum_metric", "_sum", _extract_sum),
    )
)
