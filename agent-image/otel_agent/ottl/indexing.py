"""Reading and replacing what is inside maps and lists."""

from collections.abc import Sequence

from otel_agent.ottl.values import EvaluationError, Value, WrongType, type_name

MAX_PADDING = 10_000
"""Largest index at which a list is begun by setting a member that lies behind nothing."""


def member(value: Value, keys: Sequence[Value]) -> Value:
    """Return what is at the keys; None where a map lacks one, EvaluationError for a list that is too short or no container."""
    for key in keys:
        if isinstance(value, dict):
            if key.__class__ is not str:
                raise WrongType(f"a map is indexed by a string, not by {type_name(key)}")
            if key not in value:
                return None
            value = value[key]
        elif isinstance(value, list):
            value = value[_index(value, key)]
        else:
            raise WrongType(f"a value of type {type_name(value)} cannot be indexed")
    return value


def member_of_result(value: Value, keys: Sequence[Value]) -> Value:
    """As `member`, for what a converter returned: a key that is not there is an EvaluationError."""
    for key in keys:
        if isinstance(value, dict) and key.__class__ is str and key not in value:
            raise EvaluationError(f"key {key!r} not found in the map")
        value = value[_index(value, key)] if isinstance(value, bytes) else member(value, (key,))
    return value


def replaced(value: Value, keys: Sequence[Value], new: Value) -> Value:
    """Return the value with `new` at the keys, everything on the way there copied; maps and lists come to be where nothing is."""
    if not keys:
        return new
    key, rest = keys[0], keys[1:]
    if isinstance(value, dict):
        if key.__class__ is not str:
            raise WrongType(f"a map is indexed by a string, not by {type_name(key)}")
        return {**value, key: replaced(value.get(key), rest, new)}
    if isinstance(value, list):
        index = _index(value, key)
        return [*value[:index], replaced(value[index], rest, new), *value[index + 1 :]]
    if value is not None:
        raise WrongType(f"a value of type {type_name(value)} cannot be indexed")
    if key.__class__ is str:
        return {key: replaced(None, rest, new)}
    if key.__class__ is not int or not 0 <= key <= MAX_PADDING:
        raise EvaluationError(f"cannot begin a list at index {key!r}: indexes go from 0 to {MAX_PADDING}")
    return [*[None] * key, replaced(None, rest, new)]


def _index(value: Sequence[Value], key: Value) -> int:
    if key.__class__ is not int:
        raise WrongType(f"a list is indexed by an int, not by {type_name(key)}")
    if not 0 <= key < len(value):
        raise EvaluationError(f"index {key} out of bounds: the list has {len(value)} members")
    return int(key)
