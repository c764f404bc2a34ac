"""Conditions of OTTL at random: comparisons of paths, literals and calls, joined by and, or, not and parentheses."""

from __future__ import annotations

from random import Random

from tests.differential.comparing import Difference, Item
from tests.differential.suites.paths import COMPARISONS, PATTERNS, TEXTS, Context, literal, quoted

_DEEPEST = 2


def condition(random: Random, context: Context, depth: int = _DEEPEST) -> str:
    """Return a condition about items of a context."""
    if depth and random.random() < 0.4:
        joined = random.choice((" and ", " or ")).join(condition(random, context, depth - 1) for _ in range(random.randint(2, 3)))
        return f"({joined})" if random.random() < 0.7 or depth < _DEEPEST else joined
    if random.random() < 0.15:
        return f"not ({condition(random, context, max(depth - 1, 0))})"
    return _single(random, context)


def _single(random: Random, context: Context) -> str:
    kind = random.randrange(10)
    if kind == 0:
        return f"IsMatch({context.path(random)}, {quoted(random.choice(PATTERNS))})"
    if kind == 1:
        name = random.choice(("HasPrefix", "HasSuffix"))
        return f"{name}({context.attribute(random)}, {quoted(random.choice(TEXTS))})"
    if kind == 2:
        return f"{random.choice(('IsString', 'IsInt', 'IsDouble', 'IsBool', 'IsMap', 'IsList'))}({context.path(random)})"
    if kind == 3:
        return f"{_sum(random, context)} {random.choice(COMPARISONS)} {random.choice(('0', '10', '1.5', '-3'))}"
    sides = [context.path(random), _side(random, context)]
    if random.random() < 0.2:
        sides.reverse()
    return f"{sides[0]} {random.choice(COMPARISONS)} {sides[1]}"


def _side(random: Random, context: Context) -> str:
    return literal(random, context) if random.random() < 0.8 else context.path(random)


def _sum(random: Random, context: Context) -> str:
    number = f"Len({context.attribute(random)})" if random.random() < 0.5 else context.attribute(random)
    return f"({number} {random.choice('+-*')} {random.choice(('1', '2', '0.5'))}) {random.choice('+-*')} 3"


def known(text: str, difference: Difference) -> str | None:
    """Return the reason of a difference over a condition that `otel_agent/ottl/README.md` lists."""
    if difference.sent is not None and _has_empty_bytes(difference.sent) and any(sign in text for sign in ("<", ">")):
        return "order: Go takes bytes of length 0 for nil"
    return None


def _has_empty_bytes(form: object) -> bool:
    if isinstance(form, dict):
        return form == {"bytes": ""} or any(map(_has_empty_bytes, form.values()))
    if isinstance(form, list):
        return any(map(_has_empty_bytes, form))
    return isinstance(form, Item) and any(map(_has_empty_bytes, (form.item, form.resource, form.scope)))
