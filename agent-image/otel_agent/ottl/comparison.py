"""How values compare.

Numbers compare with each other, times, durations, text, bytes and booleans with their own kind; maps and lists are equal or not.
nil equals nil and empty bytes; `<=` and `>=` hold for nil and nil. Any other two values are not equal, and no ordering of them
holds.
"""

import operator
from collections.abc import Callable

from otel_agent.ottl.values import Duration, Time, Value

Compare = Callable[[Value, Value], bool]

_ORDERED = (bool, str, bytes, Time, Duration, int, float)


def _comparable(one: Value, other: Value) -> bool:
    kind, kind_of_other = type(one), type(other)
    if kind is kind_of_other:
        return kind in _ORDERED
    return (kind is int and kind_of_other is float) or (kind is float and kind_of_other is int)


def equal(one: Value, other: Value) -> bool:
    """Whether two values are equal."""
    if type(one) is type(other):
        return same(one, other)
    if one is None or other is None:
        return one in (None, b"") and other in (None, b"")
    return _comparable(one, other) and float(one) == float(other)


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal and, deep inside, of equal types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(key in other and same(member, other[key]) for key, member in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def different(one: Value, other: Value) -> bool:
    """Whether two values are not equal."""
    return not equal(one, other)


def _ordering(order: Callable[[Value, Value], bool], nothing: bool) -> Compare:
    def compare(one: Value, other: Value) -> bool:
        if type(one) is type(other):
            if one is None:
                return nothing
            return type(one) in _ORDERED and order(one, other)
        return _comparable(one, other) and order(float(one), float(other))

    return compare


COMPARISONS: dict[str, Compare] = {
    "==": equal,
    "!=": different,
    "<": _ordering(operator.lt, nothing=False),
    "<=": _ordering(operator.le, nothing=True),
    ">": _ordering(operator.gt, nothing=False),
    ">=": _ordering(operator.ge, nothing=True),
}
"""The function of each operator."""

PLAIN = frozenset({bool, str, bytes, int, float})
ALIKE: dict[str, Compare] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""The same for two values of one of these types: Python's own operators."""
