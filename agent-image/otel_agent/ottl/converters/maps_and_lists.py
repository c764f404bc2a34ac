"""Len, Keys, Values, Index, ContainsValue, Coalesce, Sort, SliceToMap, Log: maps, lists and numbers."""

import math
from collections.abc import Mapping, Sequence

from otel_agent.ottl.comparison import equal
from otel_agent.ottl.function import Function, Kind, Parameter
from otel_agent.ottl.json_forms import as_string
from otel_agent.ottl.values import EvaluationError, Messages, Value, type_name


def length(target: Value) -> int:
    """Return how many bytes a text has in UTF-8, or how many members anything else."""
    if isinstance(target, str):
        return len(target) if target.isascii() else len(target.encode())
    if isinstance(target, (list, dict, bytes, Messages)):
        return len(target)
    raise EvaluationError(f"Len: a {type_name(target)} has no length; use it for strings, lists and maps")


def index(target: Value, value: Value) -> int:
    """Return at which byte of a text another begins, or at which place of a list a value stands; -1 for none."""
    if isinstance(target, str):
        if not isinstance(value, str):
            raise EvaluationError(f"Index: expected a string to look for but got {type_name(value)}")
        found = target.find(value)
        return found if found < 0 else len(target[:found].encode())
    if not isinstance(target, list):
        raise EvaluationError(f"Index: expected string or list but got {type_name(target)}")
    return next((place for place, member in enumerate(target) if equal(member, value)), -1)


def contains_value(target: Sequence[Value], item: Value) -> bool:
    """Whether a list has a member equal to the item."""
    return any(equal(member, item) for member in target)


def coalesce(values: Sequence[Value]) -> Value:
    """Return the first of the values that is not nil."""
    return next((value for value in values if value is not None), None)


def _check_coalesce(literals: Mapping[str, Value]) -> None:
    if literals.get("values") == []:
        raise ValueError("values is empty; give at least one")


def log(target: float | None) -> float:
    """Return the natural logarithm of a number greater than zero."""
    if target is None or target <= 0:
        raise EvaluationError(f"Log: expected a number greater than zero but got {'nil' if target is None else target}")
    return math.log(target)


_SCALARS = frozenset((int, float, str, bool, type(None)))


def sort(target: Value, order: bool) -> Value:
    """Return a list in ascending order, in descending with `order`.

    Numbers order as numbers; with text, booleans or nil among them all order as text. A list with other members stays as it is.
    """
    if not isinstance(target, list):
        raise EvaluationError(f"Sort: expected list but got {type_name(target)}")
    types = set(map(type, target))
    if not types <= _SCALARS:
        return target
    key = _text if not types <= {int, float} else _number if float in types else None
    return sorted(target, key=key, reverse=order)


def _number(value: float) -> tuple[bool, float]:
    number = float(value)
    return (False, 0.0) if math.isnan(number) else (True, number)


def _text(value: Value) -> bytes:
    return as_string(value).encode()


def _order(name: str) -> bool:
    if name not in ("asc", "desc"):
        raise ValueError(f"no order {name!r}; it is asc or desc")
    return name == "desc"


def slice_to_map(target: Sequence[Value], key_path: list[str] | None, value_path: list[str] | None) -> dict[str, Value]:
    """Return the members by what is at `key_path` in them, their place without one; the value is what is at `value_path`."""
    found: dict[str, Value] = {}
    for place, member in enumerate(target):
        if (key_path is not None or value_path is not None) and not isinstance(member, dict):
            raise EvaluationError(f"SliceToMap: member {place} is a {type_name(member)}; with a path it has to be a map")
        key = str(place) if key_path is None else _at(member, key_path, place)
        if not isinstance(key, str):
            raise EvaluationError(f"SliceToMap: the key of member {place} is a {type_name(key)}; it has to be a string")
        found[key] = member if value_path is None else _at(member, value_path, place)
    return found


def _at(member: Value, path: Sequence[str], place: int) -> Value:
    if not path:
        raise EvaluationError("SliceToMap: a path has at least one key")
    for key in path:
        if not isinstance(member, dict) or key not in member:
            raise EvaluationError(f"SliceToMap: member {place} has nothing at {'.'.join(path)}")
        member = member[key]
    return member


_TARGET = Parameter("target")
_LIST = Parameter("target", Kind.LIST)
_MAP = Parameter("target", Kind.MAP)

FUNCTIONS: tuple[Function, ...] = (
    Function("Len", (_TARGET,), length),
    Function("Keys", (_MAP,), lambda target: list(target)),
    Function("Values", (_MAP,), lambda target: list(target.values())),
    Function("Index", (_TARGET, Parameter("value")), index),
    Function("ContainsValue", (_LIST, Parameter("item")), contains_value),
    Function("Coalesce", (Parameter("values", listed=True),), coalesce, check=_check_coalesce),
    Function("Log", (Parameter("target", Kind.FLOAT_LIKE),), log),
    Function(
        "Sort",
        (_TARGET, Parameter("order", Kind.STRING, optional=True, default=False, literal=True, compiled=_order)),
        sort,
    ),
    Function(
        "SliceToMap",
        (
            _LIST,
            Parameter("key_path", Kind.STRING, optional=True, literal=True, listed=True),
            Parameter("value_path", Kind.STRING, optional=True, literal=True, listed=True),
        ),
        slice_to_map,
    ),
)
