"""Converters that only the filter processor has: what a metric's data points have."""

from typing import Any

from otel_agent.ottl.contexts.metrics import DATA_KINDS
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import Value
from otel_agent.pdata.values import read_deep


def _values(item: Any, key: str) -> list[Value]:
    metric = item.item.message
    kind = metric.WhichOneof("data")
    if kind not in DATA_KINDS:
        return []
    points = getattr(metric, kind).data_points
    return [read_deep(entry.value) for point in points for entry in point.attributes if entry.key == key]


def _has_key(item: Any, key: str) -> bool:
    return bool(_values(item, key))


def _has_value(item: Any, key: str, expected: str) -> bool:
    return expected in _values(item, key)


_KEY = Parameter("key", Kind.STRING)
_METRIC = frozenset({"metric"})

FUNCTIONS: tuple[Function, ...] = (
    Function("HasAttrKeyOnDatapoint", (_KEY,), _has_key, takes_item=True, contexts=_METRIC),
    Function("HasAttrOnDatapoint", (_KEY, Parameter("expected_val", Kind.STRING)), _has_value, takes_item=True, contexts=_METRIC),
)
