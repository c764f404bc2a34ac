"""Regular expressions by their named groups, several of which may have one name: RE2 as it is knows only one of them."""

import re

from otel_agent.ottl.patterns import Pattern, regex

_GROUP = re.compile(r"\\.|\(\?P?<(\w+)>", re.DOTALL)


def compile_named(expression: str) -> tuple[Pattern, tuple[tuple[int, str], ...]]:
    """Return the compiled expression, and number and name of each named group; ValueError for what is no expression."""
    names = [name for name in _GROUP.findall(expression) if name]
    if len(names) == len(set(names)):
        pattern = regex(expression)
        return pattern, tuple(sorted((number, name) for name, number in pattern.expression.groupindex.items()))
    given: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        given[f"g{len(given)}"] = match[1]
        return f"(?P<g{len(given) - 1}>"

    pattern = regex(_GROUP.sub(rename, expression))
    return pattern, tuple(sorted((number, given[name]) for name, number in pattern.expression.groupindex.items()))
