"""Editors that choose among the keys of a map: delete_key, delete_matching_keys, keep_keys, keep_matching_keys, limit."""

from collections.abc import Mapping
from typing import Any

from otel_agent.ottl.editors.target import map_at
from otel_agent.ottl.function import Accessor, Function, Kind, Parameter
from otel_agent.ottl.patterns import Pattern, regex
from otel_agent.ottl.values import Value

_TARGET = Parameter("target", Kind.TARGET)
_PATTERN = Parameter("pattern", Kind.STRING, compiled=regex)


def _delete_key(item: Any, target: Accessor, key: str) -> None:
    found = map_at(target, item)
    if key in found:
        target.set(item, {other: value for other, value in found.items() if other != key})


def _delete_matching_keys(item: Any, target: Accessor, pattern: Pattern) -> None:
    found = map_at(target, item)
    kept = {key: value for key, value in found.items() if not pattern.is_in(key)}
    if len(kept) != len(found):
        target.set(item, kept)


def _keep_keys(item: Any, target: Accessor, keys: list[str]) -> None:
    found = map_at(target, item)
    kept = {key: value for key, value in found.items() if key in keys}
    if len(kept) != len(found):
        target.set(item, kept)


def _keep_matching_keys(item: Any, target: Accessor, pattern: Pattern) -> None:
    found = map_at(target, item)
    kept = {key: value for key, value in found.items() if pattern.is_in(key)}
    if len(kept) != len(found):
        target.set(item, kept)


def _limit(item: Any, target: Accessor, limit: int, priority_keys: list[str]) -> None:
    found = map_at(target, item)
    if len(found) <= limit:
        return
    kept: dict[str, Value] = {}
    chosen = set(priority_keys) & found.keys()
    free = limit - len(chosen)
    for key, value in found.items():
        if key in chosen:
            kept[key] = value
        elif free > 0:
            kept[key] = value
            free -= 1
    target.set(item, kept)


def _check_limit(literals: Mapping[str, Any]) -> None:
    limit, keys = literals["limit"], literals["priority_keys"]
    if limit < 0:
        raise ValueError(f"the limit {limit} is negative")
    if limit < len(keys):
        raise ValueError(f"the limit {limit} is below the number of priority keys, {len(keys)}")


FUNCTIONS: tuple[Function, ...] = (
    Function("delete_key", (_TARGET, Parameter("key", Kind.STRING)), _delete_key, takes_item=True),
    Function("delete_matching_keys", (_TARGET, _PATTERN), _delete_matching_keys, takes_item=True),
    Function("keep_keys", (_TARGET, Parameter("keys", Kind.STRING, listed=True)), _keep_keys, takes_item=True),
    Function("keep_matching_keys", (_TARGET, _PATTERN), _keep_matching_keys, takes_item=True),
    Function(
        "limit",
        (
            _TARGET,
            Parameter("limit", Kind.INT, literal=True),
            Parameter("priority_keys", Kind.STRING, optional=True, default=(), literal=True, listed=True),
        ),
        _limit,
        takes_item=True,
        check=_check_limit,
    ),
)
