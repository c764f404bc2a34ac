"""Builders of entries and chains of operators."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

from otel_agent.stanza.chain import Chain, build_chain
from otel_agent.stanza.config import OperatorConfig
from otel_agent.stanza.context import OperatorContext
from otel_agent.stanza.entry import Entry
from otel_agent.telemetry.instruments import Counter


class Operators:
    """Chains of operators, and what they counted as failures."""

    def __init__(self) -> None:
        self.failures: dict[str, Counter] = {}

    def chain(self, *operators: dict[str, Any]) -> Chain:
        context = OperatorContext(logging.getLogger("test.stanza"), lambda name: self.failures.setdefault(name, Counter()))
        return build_chain([TypeAdapter(OperatorConfig).validate_python(operator) for operator in operators], context)

    def run(self, entries: Any, *operators: dict[str, Any]) -> list[Entry]:
        """Run texts, or entries, through operators."""
        made = [entry if isinstance(entry, Entry) else Entry(entry, {}, 1) for entry in entries]
        return self.chain(*operators).process(made)

    def one(self, entry: Any, *operators: dict[str, Any]) -> Entry:
        (found,) = self.run([entry], *operators)
        return found

    def failed(self) -> float:
        return sum(counter.value for counter in self.failures.values())


@pytest.fixture
def operators() -> Operators:
    return Operators()


@pytest.fixture
def evaluate() -> Callable[..., Any]:
    from otel_agent.stanza.chain import search_function
    from otel_agent.stanza.expression.compiler import compile_expression

    def run(text: str, body: Any = None, attributes: dict[str, Any] | None = None, resource: dict[str, Any] | None = None) -> Any:
        return compile_expression(text, search_function)(Entry(body, attributes or {}, 1, resource or {}))

    return run
