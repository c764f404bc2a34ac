"""aggregate_on_attributes and aggregate_on_attribute_value: data points that differ no longer become one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from otel_agent.ottl.coercion import cut
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, wrap_int64
from otel_agent.pdata.json_text import json_text
from otel_agent.pdata.values import read_map
from otel_agent.processors.transform.functions.merging import merge_exponential, merge_histograms
from otel_agent.processors.transform.functions.temporality import METRIC

_AGGREGATIONS = ("sum", "max", "min", "mean", "median", "count")
_DELTA = 1


def _aggregate_on_attributes(item: Any, aggregation: str, attributes: Sequence[str] | None) -> None:
    metric = item.item.message
    _refuse_summary(metric, "aggregate_on_attributes")
    if attributes is not None:
        for point in _points(metric):
            for number in reversed([number for number, entry in enumerate(point.attributes) if entry.key not in attributes]):
                del point.attributes[number]
    _aggregate(metric, aggregation)


def _aggregate_on_value(item: Any, aggregation: str, attribute: str, values: Sequence[str], new_value: str) -> None:
    metric = item.item.message
    _refuse_summary(metric, "aggregate_on_attribute_value")
    for point in _points(metric):
        entry = next((entry for entry in point.attributes if entry.key == attribute), None)
        if entry is not None and entry.value.string_value in values:
            entry.value.string_value = new_value
    _aggregate(metric, aggregation)


def _refuse_summary(metric: Any, function: str) -> None:
    if metric.WhichOneof("data") == "summary":
        raise EvaluationError(f"{function} does not aggregate summaries")


def _points(metric: Any) -> Any:
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()


def _aggregate(metric: Any, aggregation: str) -> None:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    delta = kind != "gauge" and data.aggregation_temporality == _DELTA
    merged = []
    for group in _groups(data.data_points, kind, delta):
        first, *others = group
        _MERGERS[kind](first, others, aggregation)
        merged.append(first)
    del data.data_points[:]
    data.data_points.extend(merged)


def _groups(points: Iterable[Any], kind: str, delta: bool) -> Iterable[list[Any]]:
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for point in points:
        groups.setdefault((*_identity(point, kind), point.start_time_unix_nano if delta else 0), []).append(point)
    return groups.values()


def _identity(point: Any, kind: str) -> tuple[Any, ...]:
    try:
        attributes = json_text(read_map(point.attributes))
    except ValueError:
        attributes = repr(read_map(point.attributes))
    same: tuple[Any, ...] = (attributes, point.time_unix_nano)
    if kind == "histogram":
        same = (*same, tuple(point.explicit_bounds))
    elif kind == "exponential_histogram":
        same = (*same, point.scale)
    return same if kind in ("gauge", "sum") else (*same, point.HasField("min"), point.HasField("max"), point.flags)


def _merge_numbers(first: Any, others: Sequence[Any], aggregation: str) -> None:
    if not others:
        return
    kind = first.WhichOneof("value")
    if kind is not None:
        convert: Callable[[Any], Any] = _as_int if kind == "as_int" else _as_float
        numbers = [convert(point) for point in (first, *others)]
        result = _COMPUTE[aggregation](numbers)
        setattr(first, kind, wrap_int64(int(result)) if kind == "as_int" else float(result))
    first.start_time_unix_nano = min(point.start_time_unix_nano for point in (first, *others))


def _as_int(point: Any) -> int:
    value = point.as_double if point.WhichOneof("value") == "as_double" else point.as_int
    return cut(value) if isinstance(value, float) else int(value)


def _as_float(point: Any) -> float:
    return float(point.as_double if point.WhichOneof("value") == "as_double" else point.as_int)


def _mean(numbers: Sequence[Any]) -> Any:
    total = sum(numbers)
    if isinstance(total, int):
        total = wrap_int64(total)
        return abs(total) // len(numbers) * (1 if total >= 0 else -1)
    return total / len(numbers)


def _median(numbers: Sequence[Any]) -> Any:
    if isinstance(numbers[0], int) and len(numbers) % 2 == 0:
        ordered = sorted(numbers)
        total = wrap_int64(ordered[len(numbers) // 2 - 1] + ordered[len(numbers) // 2])
        return abs(total) // 2 * (1 if total >= 0 else -1)
    return median(numbers)


_COMPUTE: dict[str, Callable[[Sequence[Any]], Any]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "mean": _mean,
    "median": _median,
    "count": len,
}
_MERGERS: dict[str, Callable[[Any, Sequence[Any], str], None]] = {
    "gauge": _merge_numbers,
    "sum": _merge_numbers,
    "histogram": lambda first, others, _: merge_histograms(first, others),
    "exponential_histogram": lambda first, others, _: merge_exponential(first, others),
}


def _check(literals: Mapping[str, Any]) -> None:
    if literals["aggregation_function"] not in _AGGREGATIONS:
        raise ValueError(f"the aggregation is one of {', '.join(_AGGREGATIONS)}, not {literals['aggregation_function']!r}")


_AGGREGATION = Parameter("aggregation_function", Kind.STRING, literal=True)

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "aggregate_on_attributes",
        (_AGGREGATION, Parameter("attributes", Kind.STRING, optional=True, literal=True, listed=True)),
        _aggregate_on_attributes,
        takes_item=True,
        contexts=METRIC,
        check=_check,
    ),
    Function(
        "aggregate_on_attribute_value",
        (
            _AGGREGATION,
            Parameter("attribute", Kind.STRING, literal=True),
            Parameter("values", Kind.STRING, literal=True, listed=True),
            Parameter("new_value", Kind.STRING, literal=True),
        ),
        _aggregate_on_value,
        takes_item=True,
        contexts=METRIC,
        check=_check,
    ),
)
