"""Accessors for attributes, bodies and caches, whole or with indexes."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from otel_agent.ottl.function import Accessor
from otel_agent.ottl.indexing import member, replaced
from otel_agent.ottl.json_forms import as_string
from otel_agent.ottl.values import Duration, EvaluationError, Messages, Time, Value, WrongType, type_name

Keys = Callable[[Any], Sequence[Value]] | tuple[Value, ...]
"""The indexes behind a path: literals, or a function of the item."""

_PLAIN = frozenset({str, int, float, bool, bytes})
_MESSAGES_OF_A_LIST, _MESSAGES_OF_A_MAP = 2, 3
"""That stand around each of its members in the encoded request."""
_ROOM = 100 - 7
"""Messages that a value may nest: protobuf reads 100 inside each other, and up to seven are around an attribute's value."""


def storable(value: Value, room: int = _ROOM) -> Value:
    """Return the value; WrongType for what telemetry cannot hold, EvaluationError for what is nested too deep to be read."""
    if value.__class__ in _PLAIN:
        return value
    if isinstance(value, (Time, Duration, Messages)):
        raise WrongType(f"a {type_name(value)} cannot be stored; convert it first")
    if isinstance(value, (list, dict)):
        room -= _MESSAGES_OF_A_LIST if isinstance(value, list) else _MESSAGES_OF_A_MAP
        if room < 0:
            raise EvaluationError("the value is nested too deep: nobody who received it could read the request")
        for inner in value.values() if isinstance(value, dict) else value:
            if inner.__class__ not in _PLAIN:
                storable(inner, room)
    return value


def whole_map(value: Value) -> dict[str, Value]:
    """Return the map; WrongType for anything else."""
    if not isinstance(value, dict):
        raise WrongType(f"expected map but got {type_name(value)}")
    storable(value, _ROOM + _MESSAGES_OF_A_MAP)
    return value


def attributes(slot: str) -> Accessor:
    """Access the whole map."""
    entity = attrgetter(slot)

    def assign(item: Any, value: Value) -> None:
        entity(item).set_attributes(whole_map(value))

    return Accessor(lambda item: dict(entity(item).attributes()), assign, lambda item: entity(item).attributes())


def attribute(slot: str, keys: Keys) -> Accessor:
    """Access a value in the map."""
    entity = attrgetter(slot)
    if isinstance(keys, tuple) and len(keys) == 1 and isinstance(keys[0], str):
        key = keys[0]

        def assign_key(item: Any, value: Value) -> None:
            entity(item).set_attribute(key, storable(value))

        def assign_own_key(item: Any, value: Value) -> None:
            item.item.set_attribute(key, value if value.__class__ in _PLAIN else storable(value))

        if slot == "item":  # by far the most frequent, so without the detour
            return Accessor(lambda item: item.item.attributes().get(key), assign_own_key)
        return Accessor(lambda item: entity(item).attributes().get(key), assign_key)
    resolve = resolver(keys)

    def assign(item: Any, value: Value) -> None:
        first, *rest = _from_string(resolve(item))
        found = entity(item)
        found.set_attribute(first, _within(found.attributes().get(first), rest, value))

    return Accessor(lambda item: member(entity(item).attributes(), resolve(item)), assign)


def body() -> Accessor:
    """Access the body of a log record."""

    def assign(item: Any, value: Value) -> None:
        item.item.set_body(storable(value))

    return Accessor(lambda item: item.item.body(), assign)


def body_text() -> Accessor:
    """Access the body as text."""

    def assign(item: Any, value: Value) -> None:
        if not isinstance(value, str):
            raise WrongType(f"expected string but got {type_name(value)}")
        item.item.set_body(value)

    return Accessor(lambda item: as_string(item.item.body()), assign)


def body_member(keys: Keys) -> Accessor:
    """Access a value in the body."""
    resolve = resolver(keys)

    def assign(item: Any, value: Value) -> None:
        found = item.item.body()
        if found is None:
            raise WrongType("a body without a value cannot be indexed")
        item.item.set_body(_within(found, resolve(item), value))

    return Accessor(lambda item: member(item.item.body(), resolve(item)), assign)


def cache() -> Accessor:
    """Access the item's whole cache."""

    def assign(item: Any, value: Value) -> None:
        found = dict(whole_map(value))
        item.cache.clear()
        item.cache.update(found)

    return Accessor(lambda item: dict(item.cache), assign, lambda item: item.cache)


def cached(keys: Keys) -> Accessor:
    """Access a value in the cache."""
    resolve = resolver(keys)

    def assign(item: Any, value: Value) -> None:
        first, *rest = _from_string(resolve(item))
        item.cache[first] = _within(item.cache.get(first), rest, value)

    return Accessor(lambda item: member(item.cache, resolve(item)), assign)


def resolver(keys: Keys) -> Callable[[Any], Sequence[Value]]:
    """Return a function of the item that gives the indexes."""
    return (lambda item: keys) if isinstance(keys, tuple) else keys


def _within(value: Value, keys: Sequence[Value], new: Value) -> Value:
    """Return the value with `new` at the keys."""
    return replaced(value, keys, storable(new, _ROOM - _MESSAGES_OF_A_MAP * len(keys)))


def _from_string(keys: Sequence[Value]) -> Sequence[Value]:
    if not isinstance(keys[0], str):
        raise WrongType(f"a map is indexed by a string, not by {type_name(keys[0])}")
    return keys
