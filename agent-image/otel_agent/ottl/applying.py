"""Applies functions to what their arguments give for an item.

This is where statements spend their time, so that the usual numbers of arguments have a function of their own, without a loop.
"""

from collections.abc import Callable, Sequence
from typing import Any

from otel_agent.ottl.expression import Constant, Get
from otel_agent.ottl.function import Function
from otel_agent.ottl.values import Value


def applied(function: Function, gets: Sequence[Get]) -> Get:
    """Return what calls the function with its arguments."""
    varying = next((count for count in range(len(gets), 0, -1) if not isinstance(gets[count - 1], Constant)), 0)
    constants = [get(None) for get in gets[varying:]]
    if function.takes_item:
        return _of_item(function.call, gets[:varying], constants)
    return _of_values(function.call, gets[:varying], constants)


def gathered(gets: Sequence[Get]) -> Callable[[Any], list[Value]]:
    """Return what gives the values as a list."""
    match gets:
        case [one]:
            return lambda item: [one(item)]
        case [one, other]:
            return lambda item: [one(item), other(item)]
        case [one, other, third]:
            return lambda item: [one(item), other(item), third(item)]
    return lambda item: [get(item) for get in gets]


def _of_item(call: Callable[..., Value], gets: Sequence[Get], constants: list[Value]) -> Get:
    match gets, constants:
        case [], [one]:
            return lambda item: call(item, one)
        case [], [one, other]:
            return lambda item: call(item, one, other)
        case [], [one, other, third]:
            return lambda item: call(item, one, other, third)
        case [], [one, other, third, *rest]:
            return lambda item: call(item, one, other, third, *rest)
        case [Constant(value=target), get], []:
            return lambda item: call(item, target, get(item))
        case [Constant(value=target), get], [*rest]:
            return lambda item: call(item, target, get(item), *rest)
    return lambda item: call(item, *[get(item) for get in gets], *constants)


def _of_values(call: Callable[..., Value], gets: Sequence[Get], constants: list[Value]) -> Get:
    match gets, constants:
        case [get], []:
            return lambda item: call(get(item))
        case [get], [one]:
            return lambda item: call(get(item), one)
        case [get], [one, other]:
            return lambda item: call(get(item), one, other)
        case [get], [*rest]:
            return lambda item: call(get(item), *rest)
        case [get, second], []:
            return lambda item: call(get(item), second(item))
    return lambda item: call(*[get(item) for get in gets], *constants)
