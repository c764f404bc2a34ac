"""Accessors for attributes, bodies and caches, whole or with indexes."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from otel_agent.ottl.function import Accessor
from otel_agent.ottl.indexing import member, replaced
from otel_agent.ottl.json_forms import as_string
from otel_agent.ottl.values import Duration, Messages, Time, Value, WrongType, type_name

Keys = Callable[[Any], Sequence[Value]] | tuple[Value, ...]
"""The indexes behind a path: literals, or a function of the item."""


def storable(value: Value) -> Value:
    """Return the value; WrongType for what telemetry cannot hold."""
    if value.__class__ is str:
        return value
    if isinstance(value, (Time, Duration, Messages)):
        raise WrongType(f"a {type_name(value)} cannot be stored; convert it first")
    if isinstance(value, list):
        for inner in value:
            storable(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            storable(inner)
    return value


def whole_map(value: Value) -> dict[str, Value]:
    """Return the map; WrongType for anything else."""
    if not isinstance(value, dict):
        raise WrongType(f"expected map but got {type_name(value)}")
    storable(value)
    return value


def attributes(slot: str) -> Accessor:
    """Access the whole map."""
    entity = attrgetter(slot)

    def assign(item: Any, value: Value) -> None:
        entity(item).set_attributes(whole_map(value))

    return Accessor(lambda item: dict(entity(item).attributes()), assign)


def attribute(slot: str, keys: Keys) -> Accessor:
    """Access a value in the map."""
    entity = attrgetter(slot)
    if isinstance(keys, tuple) and len(keys) == 1 and isinstance(keys[0], str):
        key = keys[0]

        def assign_key(item: Any, value: Value) -> None:
            entity(item).set_attribute(key, storable(value))

        if slot == "item":  # by far the most frequent, so without the detour
            return Accessor(lambda item: item.item.attributes().get(key), assign_key)
        return Accessor(lambda item: entity(item).attributes().get(key), assign_key)
    resolve = resolver(keys)

    def assign(item: Any, value: Value) -> None:
        first, *rest = _from_string(resolve(item))
        found = entity(item)
        found.set_attribute(first, replaced(found.attributes().get(first), rest, storable(value)))

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
        item.item.set_body(replaced(found, resolve(item), storable(value)))

    return Accessor(lambda item: member(item.item.body(), resolve(item)), assign)


def cache() -> Accessor:
    """Access the item's whole cache."""

    def assign(item: Any, value: Value) -> None:
        found = dict(whole_map(value))
        item.cache.clear()
        item.cache.update(found)

    return Accessor(lambda item: dict(item.cache), assign)


def cached(keys: Keys) -> Accessor:
    """Access a value in the cache."""
    resolve = resolver(keys)

    def assign(item: Any, value: Value) -> None:
        first, *rest = _from_string(resolve(item))
        item.cache[first] = replaced(item.cache.get(first), rest, storable(value))

    return Accessor(lambda item: member(item.cache, resolve(item)), assign)


def resolver(keys: Keys) -> Callable[[Any], Sequence[Value]]:
    """Return a function of the item that gives the indexes."""
    return (lambda item: keys) if isinstance(keys, tuple) else keys


def _from_string(keys: Sequence[Value]) -> Sequence[Value]:
    if not isinstance(keys[0], str):
        raise WrongType(f"a map is indexed by a string, not by {type_name(keys[0])}")
    return keys
