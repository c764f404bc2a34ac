"""scale_metric."""

from typing import Any

from otel_agent.ottl.coercion import cut
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError
from otel_agent.processors.transform.functions.temporality import METRIC


def _scale_metric(item: Any, multiplier: float, unit: str | None) -> None:
    metric = item.item.message
    kind = metric.WhichOneof("data")
    if kind not in ("gauge", "sum", "histogram", "summary"):
        raise EvaluationError(f"scale_metric is not for a {kind or 'metric without data'}")
    for point in getattr(metric, kind).data_points:
        if kind == "histogram":
            _scale_histogram(point, multiplier)
        elif kind == "summary":
            point.sum *= multiplier
            for quantile in point.quantile_values:
                quantile.value *= multiplier
        else:
            _scale_number(point, multiplier)
    if unit is not None:
        metric.unit = unit


def _scale_histogram(point: Any, multiplier: float) -> None:
    for field in ("sum", "min", "max"):
        if point.HasField(field):
            setattr(point, field, getattr(point, field) * multiplier)
    point.explicit_bounds[:] = [bound * multiplier for bound in point.explicit_bounds]
    for exemplar in point.exemplars:
        _scale_number(exemplar, multiplier)


def _scale_number(point: Any, multiplier: float) -> None:
    kind = point.WhichOneof("value")
    if kind == "as_int":
        point.as_int = cut(float(point.as_int) * multiplier)
    elif kind == "as_double":
        point.as_double *= multiplier


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "scale_metric",
        (Parameter("multiplier", Kind.FLOAT_LIKE, literal=True), Parameter("unit", Kind.STRING, optional=True)),
        _scale_metric,
        takes_item=True,
        contexts=METRIC,
    ),
)
