"""convert_sum_to_gauge and convert_gauge_to_sum."""

from typing import Any

from otel_agent.ottl.function import Function
from otel_agent.processors.transform.functions.temporality import (
    METRIC,
    MONOTONIC,
    TEMPORALITIES,
    TEMPORALITY,
    check_temporality,
)


def _convert_sum_to_gauge(item: Any) -> None:
    metric = item.item.message
    if metric.WhichOneof("data") != "sum":
        return
    points = copy_of(metric).sum.data_points
    metric.gauge.SetInParent()
    metric.gauge.data_points.extend(points)


def _convert_gauge_to_sum(item: Any, temporality: str, monotonic: bool) -> None:
    metric = item.item.message
    if metric.WhichOneof("data") != "gauge":
        return
    points = copy_of(metric).gauge.data_points
    metric.sum.SetInParent()
    metric.sum.data_points.extend(points)
    metric.sum.aggregation_temporality, metric.sum.is_monotonic = TEMPORALITIES[temporality], monotonic


def copy_of(message: Any) -> Any:
    """Return a message of the same kind with the same in it."""
    made = type(message)()
    made.CopyFrom(message)
    return made


FUNCTIONS: tuple[Function, ...] = (
    Function("convert_sum_to_gauge", (), _convert_sum_to_gauge, takes_item=True, contexts=METRIC),
    Function(
        "convert_gauge_to_sum",
        (TEMPORALITY, MONOTONIC),
        _convert_gauge_to_sum,
        takes_item=True,
        contexts=METRIC,
        check=check_temporality,
    ),
)
