"""The filter processor: conditions at random in each context, each for the items that name it."""

from __future__ import annotations

from random import Random

from tests.differential.comparing import Difference
from tests.differential.suite import Suite
from tests.differential.suites import cases
from tests.differential.suites.conditions import condition, known
from tests.differential.suites.paths import DATAPOINT, LOG, METRIC, SPAN, Context
from tests.interop.arrivals import Signal

_CASES = 60
_CONTEXTS: tuple[tuple[Context, Signal, str], ...] = (
    (LOG, "logs", "log_conditions"),
    (SPAN, "traces", "trace_conditions"),
    (METRIC, "metrics", "metric_conditions"),
    (DATAPOINT, "metrics", "metric_conditions"),
)


def family(configuration: int) -> tuple[Suite, ...]:
    """Return a suite for each context with conditions generated from a number."""
    return tuple(_suite(context, signal, key, configuration) for context, signal, key in _CONTEXTS)


def _suite(context: Context, signal: Signal, key: str, configuration: int) -> Suite:
    random = Random(f"filter {context.name} {configuration}")
    conditions = [condition(random, context) for _ in range(_CASES)]
    whole = [f"{cases.chosen(context.name, number)} and ({text})" for number, text in enumerate(conditions)]

    def explain(difference: Difference) -> str:
        case = cases.case_of(difference)
        return conditions[case] if case is not None else "no case"

    return Suite(
        f"filter-{context.name}-{configuration}",
        signal,
        {"filter": {"error_mode": "silent", key: whole}},
        cases.generator(signal, _CASES),
        lambda difference: known(explain(difference), difference),
        explain,
        identity=cases.identity,
    )
