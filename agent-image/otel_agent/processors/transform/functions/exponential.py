"""convert_exponential_histogram_to_histogram: exponential buckets spread over explicit ones.

How what lies across several bounds is spread is the choice of the statement: all of it to the bucket of the upper end or of the
middle, or over all of them evenly or at random in the proportion of their widths.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError
from otel_agent.processors.transform.functions.converting import copy_of
from otel_agent.processors.transform.functions.temporality import METRIC

Spread = Callable[[int, float, float, Sequence[float], list[int]], None]
"""Adds a count, between two values, to the counts of buckets with these bounds."""


def _upper(count: int, lower: float, upper: float, bounds: Sequence[float], counts: list[int]) -> None:
    place = next((index for index, bound in enumerate(bounds) if upper <= bound), len(bounds) - 1)
    counts[place] += count


def _midpoint(count: int, lower: float, upper: float, bounds: Sequence[float], counts: list[int]) -> None:
    middle = (upper + lower) / 2
    place = next((max(index - 1, 0) for index, bound in enumerate(bounds) if middle <= bound), len(bounds) - 1)
    counts[place] += count


def _reached(lower: float, upper: float, bounds: Sequence[float]) -> tuple[int, int]:
    """First and last of the bounds that the bucket reaches."""
    start = next((index for index, bound in enumerate(bounds) if lower <= bound), len(bounds))
    end = next((index for index in range(start, len(bounds)) if upper <= bounds[index]), len(bounds))
    return start, min(end, len(bounds) - 1)


def _uniform(count: int, lower: float, upper: float, bounds: Sequence[float], counts: list[int]) -> None:
    start, end = _reached(lower, upper, bounds)
    if end <= start:
        counts[start] += count
        return
    each, rest = divmod(count, end - start + 1)
    for place in range(start, end + 1):
        counts[place] += each + (1 if place - start < rest else 0)


def _random(count: int, lower: float, upper: float, bounds: Sequence[float], counts: list[int]) -> None:
    start, end = _reached(lower, upper, bounds)
    if end <= start:
        counts[start] += count
        return
    left = count
    for place in range(start, end + 1):
        width = min(bounds[place], upper) - max(lower if place == 0 else bounds[place - 1], lower)
        share = int(random.random() * int(count * (width / (upper - lower))))  # noqa: S311 -- nothing secret
        counts[place] += share
        left -= share
    # The rest one by one would take a step for each of what may be billions.
    each, rest = divmod(left, end - start + 1)
    lucky = random.sample(range(start, end + 1), rest)
    for place in range(start, end + 1):
        counts[place] += each + (1 if place in lucky else 0)


_SPREADS: dict[str, Spread] = {"upper": _upper, "midpoint": _midpoint, "uniform": _uniform, "random": _random}


def _spread_counts(point: Any, bounds: Sequence[float], spread: Spread) -> list[int]:
    counts = [0] * len(bounds)
    if point.zero_count and bounds[0] == 0:
        counts[0] += point.zero_count
    factor = math.ldexp(math.log(2), -point.scale)
    for number, count in enumerate(point.positive.bucket_counts):
        index = point.positive.offset + number
        lower, upper = _exp(index * factor), _exp((index + 1) * factor)
        if lower > bounds[-1]:
            counts[-1] += count
            continue
        inside = next((place for place in range(1, len(bounds)) if lower > bounds[place - 1] and upper <= bounds[place]), None)
        if inside is not None:
            counts[inside - 1] += count
        else:
            spread(count, lower, upper, bounds, counts)
    return counts


_MOST_SCALE = 1000
"""Beyond, the logarithm of a bound is no float, or 0; SDKs use -10 to 20."""


def _exp(power: float) -> float:
    try:
        return math.exp(power)
    except OverflowError:
        return math.inf


def _convert(item: Any, distribution: str, bounds: Sequence[float]) -> None:
    metric = item.item.message
    if metric.WhichOneof("data") != "exponential_histogram":
        return
    before = copy_of(metric).exponential_histogram
    for point in before.data_points:
        if abs(point.scale) > _MOST_SCALE:
            raise EvaluationError(f"a histogram of the scale {point.scale} has no bounds")
    metric.histogram.SetInParent()
    metric.histogram.aggregation_temporality = before.aggregation_temporality
    for point in before.data_points:
        made = metric.histogram.data_points.add(
            start_time_unix_nano=point.start_time_unix_nano,
            time_unix_nano=point.time_unix_nano,
            count=point.count,
            sum=point.sum,
            min=point.min,
            max=point.max,
            explicit_bounds=bounds,
            bucket_counts=[count % 2**64 for count in _spread_counts(point, bounds, _SPREADS[distribution or "random"])],
        )
        made.attributes.extend(point.attributes)
        made.exemplars.extend(point.exemplars)


def _check(literals: Mapping[str, Any]) -> None:
    if literals["distribution_fn"] not in ("", *_SPREADS):
        raise ValueError(f"the distribution is one of {', '.join(_SPREADS)}, not {literals['distribution_fn']!r}")
    if not literals["explicit_bounds"]:
        raise ValueError("explicit_bounds is empty")


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "convert_exponential_histogram_to_histogram",
        (
            Parameter("distribution_fn", Kind.STRING, literal=True),
            Parameter("explicit_bounds", Kind.FLOAT_LIKE, literal=True, listed=True),
        ),
        _convert,
        takes_item=True,
        contexts=METRIC,
        check=_check,
    ),
)
