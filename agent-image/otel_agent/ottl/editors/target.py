"""What editors find at their target."""

from typing import Any

from otel_agent.ottl.function import Accessor
from otel_agent.ottl.values import Value, WrongType, type_name


def map_at(target: Accessor, item: Any) -> dict[str, Value]:
    """Return a map to look at, not to be changed; WrongType where the target is none."""
    found = (target.look or target.get)(item)
    if not isinstance(found, dict):
        raise WrongType(f"expected map but got {type_name(found)}")
    return found


def map_of(target: Accessor, item: Any) -> dict[str, Value]:
    """Return a map to change and assign again; WrongType where the target is none."""
    return dict(map_at(target, item))


def list_of(target: Accessor, item: Any) -> list[Value]:
    """Return a list to change and assign again; WrongType where the target is none."""
    found = target.get(item)
    if not isinstance(found, list):
        raise WrongType(f"expected list but got {type_name(found)}")
    return list(found)
