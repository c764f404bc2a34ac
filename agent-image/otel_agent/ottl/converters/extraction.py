"""ExtractPatterns, ExtractGrokPatterns: the named groups of a regular expression as a map."""

from collections.abc import Mapping
from functools import lru_cache

from otel_agent.ottl.converters.grok import Grok, definitions_of
from otel_agent.ottl.converters.named_groups import compile_named
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.patterns import Pattern
from otel_agent.ottl.values import EvaluationError, Value

_KEPT_PATTERNS = 64
"""Compiled expressions that are kept where the expression comes from the telemetry."""


@lru_cache(_KEPT_PATTERNS)
def _with_groups(expression: str) -> tuple[Pattern, tuple[tuple[int, str], ...]]:
    pattern, groups = compile_named(expression)
    if not groups:
        raise ValueError("the expression has no named group; write it (?P<name>...)")
    return pattern, groups


def extract_patterns(target: str, pattern: tuple[Pattern, tuple[tuple[int, str], ...]]) -> dict[str, Value]:
    """Return the text of every named group, "" for one that took no part; nothing where the pattern does not match."""
    compiled, groups = pattern
    found = compiled.groups(target)
    return {} if found is None else {name: found[number] or "" for number, name in groups}


@lru_cache(_KEPT_PATTERNS)
def _grok(expression: str, named_captures_only: bool, definitions: tuple[str, ...]) -> Grok:
    return Grok.of(expression, named_captures_only, definitions_of(definitions))


def extract_grok_patterns(
    target: str, pattern: str, named_captures_only: bool, pattern_definitions: list[str] | None
) -> dict[str, Value]:
    """Return what the parts of a grok pattern matched, those of nothing left out; see `otel_agent.ottl.converters.grok`."""
    try:
        grok = _grok(pattern, named_captures_only, tuple(pattern_definitions or ()))
    except ValueError as error:
        raise EvaluationError(f"ExtractGrokPatterns: {error}") from error
    return grok.extract(target)


def _check_grok(literals: Mapping[str, Value]) -> None:
    definitions = tuple(literals.get("pattern_definitions") or ())
    definitions_of(definitions)
    if "pattern" in literals:
        _grok(literals["pattern"], literals["named_captures_only"], definitions)


FUNCTIONS: tuple[Function, ...] = (
    Function(
        "ExtractPatterns",
        (Parameter("target", Kind.STRING), Parameter("pattern", Kind.STRING, compiled=_with_groups)),
        extract_patterns,
    ),
    Function(
        "ExtractGrokPatterns",
        (
            Parameter("target", Kind.STRING),
            Parameter("pattern", Kind.STRING),
            Parameter("named_captures_only", Kind.BOOL, optional=True, default=False, literal=True),
            Parameter("pattern_definitions", Kind.STRING, optional=True, default=None, literal=True, listed=True),
        ),
        extract_grok_patterns,
        check=_check_grok,
    ),
)
