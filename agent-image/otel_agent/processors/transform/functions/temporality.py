"""The aggregation temporality as statements write it."""

from collections.abc import Mapping
from typing import Any

from otel_agent.ottl.function import Kind, Parameter

TEMPORALITIES = {"delta": 1, "cumulative": 2}
TEMPORALITY = Parameter("string_agg_temp", Kind.STRING, literal=True)
MONOTONIC = Parameter("monotonic", Kind.BOOL, literal=True)
METRIC = frozenset({"metric"})
DATA_POINT = frozenset({"datapoint"})


def check_temporality(literals: Mapping[str, Any]) -> None:
    """ValueError for a temporality that is none."""
    if literals["string_agg_temp"] not in TEMPORALITIES:
        raise ValueError(f"the aggregation temporality is delta or cumulative, not {literals['string_agg_temp']!r}")
