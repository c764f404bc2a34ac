"""merge_histogram_buckets: fewer buckets, by one bound or by their number."""

import itertools
import math
from collections.abc import Mapping
from typing import Any

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError
from otel_agent.processors.transform.functions.temporality import DATA_POINT

_BY_BOUND, _BY_NUMBER = "remove_explicit_bound", "limit_buckets"
_TOLERANCE = 1e-12
"""How far a bound may be from the one that is named."""


def _merge_buckets(item: Any, target: float | None, method: str) -> None:
    point = item.part.message
    if point.DESCRIPTOR.name != "HistogramDataPoint":
        return
    if target is None:
        raise EvaluationError("target_value is nil")
    bounds, counts = list(point.explicit_bounds), list(point.bucket_counts)
    if len(bounds) + 1 != len(counts) or len(counts) == 1:
        return
    if method == _BY_BOUND:
        index = next((index for index, bound in enumerate(bounds) if abs(bound - target) < _TOLERANCE), None)
        if index is None:
            return
        counts[index + 1] += counts[index]
        del bounds[index], counts[index]
    else:
        most = _number_of(target)
        if len(counts) <= most or any(one >= other for one, other in itertools.pairwise(bounds)):
            return
        step = -(-len(counts) // most)
        counts = [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
        bounds = [bounds[end] for end in range(step - 1, len(bounds), step)][: len(counts) - 1]
    point.explicit_bounds[:] = bounds
    point.bucket_counts[:] = [count % 2**64 for count in counts]


def _number_of(target: float) -> int:
    if not math.isfinite(target) or target < 1 or not target.is_integer():
        raise EvaluationError(f"target_value is a positive whole number with the method {_BY_NUMBER}, not {target}")
    return int(target)


def _check(literals: Mapping[str, Any]) -> None:
    if literals["method"] not in (_BY_BOUND, _BY_NUMBER):
        raise ValueError(f"the method is {_BY_BOUND} or {_BY_NUMBER}, not {literals['method']!r}")
    if "target_value" in literals:
        if literals["target_value"] is None:
            raise ValueError("target_value is nil")
        if literals["method"] == _BY_NUMBER:
            try:
                _number_of(literals["target_value"])
            except EvaluationError as error:
                raise ValueError(str(error)) from error


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "merge_histogram_buckets",
        (
            Parameter("target_value", Kind.FLOAT_LIKE),
            Parameter("method", Kind.STRING, optional=True, default=_BY_BOUND, literal=True),
        ),
        _merge_buckets,
        takes_item=True,
        contexts=DATA_POINT,
        check=_check,
    ),
)
