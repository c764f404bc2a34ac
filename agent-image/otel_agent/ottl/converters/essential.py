"""The converters that the tests of statements and processors need; those of the other modules take precedence."""

from typing import Any

from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.patterns import regex
from otel_agent.ottl.values import Value


def _concat(values: list[str | None], delimiter: str) -> Value:
    return delimiter.join("<nil>" if value is None else value for value in values)


def _is_match(target: str | None, pattern: Any) -> bool:
    return target is not None and pattern.search(target) is not None


FUNCTIONS: tuple[Function, ...] = (
    Function("Concat", (Parameter("vals", Kind.STRING_LIKE, listed=True), Parameter("delimiter", Kind.STRING)), _concat),
    Function("Int", (Parameter("target", Kind.INT_LIKE),), lambda value: value),
    Function("IsMatch", (Parameter("target", Kind.STRING_LIKE), Parameter("pattern", Kind.STRING, compiled=regex)), _is_match),
    Function("IsString", (Parameter("target"),), lambda value: isinstance(value, str)),
    Function("String", (Parameter("target", Kind.STRING_LIKE),), lambda value: value),
)
