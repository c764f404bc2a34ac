"""Parts of summaries as metrics of their own: their counts, their sums, their quantiles."""

from typing import Any

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.processors.transform.functions.copying import add_metric
from otel_agent.processors.transform.functions.extracting import add_point, signed
from otel_agent.processors.transform.functions.temporality import (
    DATA_POINT,
    METRIC,
    MONOTONIC,
    TEMPORALITIES,
    TEMPORALITY,
    check_temporality,
)


def _to_sum(item: Any, temporality: str, monotonic: bool, suffix: str, field: str) -> None:
    metric = item.item.message
    if metric.WhichOneof("data") != "summary":
        return
    item.part.flush()
    made = add_metric(item)
    made.name, made.description, made.unit = metric.name + suffix, metric.description, metric.unit
    made.sum.aggregation_temporality, made.sum.is_monotonic = TEMPORALITIES[temporality], monotonic
    for point in metric.summary.data_points:
        if field == "count":
            add_point(made.sum, point).as_int = signed(point.count)
        else:
            add_point(made.sum, point).as_double = point.sum


def _count_to_sum(item: Any, temporality: str, monotonic: bool, suffix: str) -> None:
    _to_sum(item, temporality, monotonic, suffix, "count")


def _sum_to_sum(item: Any, temporality: str, monotonic: bool, suffix: str) -> None:
    _to_sum(item, temporality, monotonic, suffix, "sum")


def _quantiles_to_gauge(item: Any, key: str, suffix: str) -> None:
    metric = item.item.message
    if metric.WhichOneof("data") != "summary":
        return
    made = add_metric(item)
    made.name, made.description, made.unit = metric.name + suffix, metric.description, metric.unit
    made.gauge.SetInParent()
    for point in metric.summary.data_points:
        for quantile in point.quantile_values:
            added = add_point(made.gauge, point)
            entry = next((entry for entry in added.attributes if entry.key == key), None) or added.attributes.add(key=key)
            entry.value.double_value = quantile.quantile
            added.as_double = quantile.value


def _suffix(default: str) -> Parameter:
    return Parameter("suffix", Kind.STRING, optional=True, default=default, literal=True)


FUNCTIONS: tuple[Function, ...] = (
    *(
        Function(
            name,
            (TEMPORALITY, MONOTONIC, _suffix(suffix)),
            call,
            takes_item=True,
            contexts=DATA_POINT,
            check=check_temporality,
        )
        for name, suffix, call in (
            ("convert_summary_count_val_to_sum", "_count", _count_to_sum),
            ("convert_summary_sum_val_to_sum", "_sum", _sum_to_sum),
        )
    ),
    Function(
        "convert_summary_quantile_val_to_gauge",
        (Parameter("attribute_key", Kind.STRING, optional=True, default="quantile", literal=True), _suffix(".quantiles")),
        _quantiles_to_gauge,
        takes_item=True,
        contexts=METRIC,
    ),
)
