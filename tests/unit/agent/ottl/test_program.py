"""What a failing statement leads to."""

from typing import Any

import pytest

from otel_agent.ottl.program import (
    Condition,
    ErrorMode,
    Failed,
    Statement,
    any_condition,
    read_condition,
    read_statement,
    run_statements,
)
from otel_agent.ottl.values import EvaluationError

FIRST, SECOND = 'set(name, "first")', 'set(name, "second")'


def raising(error: Exception) -> Any:
    def act(_: Any) -> Any:
        raise error

    return act


def statements(error: Exception, done: list[str]) -> list[Statement]:
    return [
        Statement(FIRST, raising(error), None, read_statement(FIRST).tree),
        Statement(SECOND, lambda item: done.append(item), None, read_statement(SECOND).tree),
    ]


FAULTS = [(EvaluationError("no such key"), "no such key"), (OverflowError("too large"), "OverflowError: too large")]


@pytest.mark.parametrize(("error", "text"), FAULTS)
def test_a_failure_of_any_kind_costs_its_statement_only(error: Exception, text: str) -> None:
    done: list[str] = []
    told: list[tuple[str, str]] = []
    run_statements(statements(error, done), ErrorMode.IGNORE, lambda what, why: told.append((what, str(why))))("item")
    assert (done, told) == (["item"], [(FIRST, text)])
    run_statements(statements(error, done), ErrorMode.SILENT, lambda what, why: told.append((what, str(why))))("item")
    assert (done, len(told)) == (["item", "item"], 1)


@pytest.mark.parametrize(("error", "text"), FAULTS)
def test_a_failure_of_any_kind_fails_the_request_where_it_is_propagated(error: Exception, text: str) -> None:
    done: list[str] = []
    with pytest.raises(Failed, match=f"failed to execute .*: {text}"):
        run_statements(statements(error, done), ErrorMode.PROPAGATE, lambda what, why: None)("item")
    assert done == []


@pytest.mark.parametrize(("error", "text"), FAULTS)
def test_a_condition_that_fails_is_false(error: Exception, text: str) -> None:
    told: list[str] = []
    condition = Condition("name == 1", raising(error), read_condition("name == 1").tree)
    assert any_condition([condition], ErrorMode.IGNORE, lambda what, why: told.append(str(why)))("item") is False
    assert told == [text]
