"""copy_metric."""

from typing import Any

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError
from otel_agent.processors.transform.functions.temporality import METRIC

MOST_METRICS = 100_000
"""Metrics in one scope beyond which none is added: a statement that copies its own copies would never end."""


def add_metric(item: Any) -> Any:
    """Append an empty metric to the item's scope; EvaluationError when there are too many."""
    metrics = item.scope.holder.metrics
    if len(metrics) >= MOST_METRICS:
        raise EvaluationError(
            f"the scope has {MOST_METRICS:,} metrics already: does the statement copy what it made? Guard it with where"
        )
    return metrics.add()


def _copy_metric(item: Any, name: str | None, description: str | None, unit: str | None) -> None:
    item.item.flush()
    made = add_metric(item)
    made.CopyFrom(item.item.message)
    if name is not None:
        made.name = name
    if description is not None:
        made.description = description
    if unit is not None:
        made.unit = unit


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "copy_metric",
        tuple(Parameter(name, Kind.STRING, optional=True) for name in ("name", "description", "unit")),
        _copy_metric,
        takes_item=True,
        contexts=METRIC,
    ),
)
