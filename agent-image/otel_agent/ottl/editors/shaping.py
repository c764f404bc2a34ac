"""Editors that reshape maps: flatten, truncate_all, stringify_all."""

from collections.abc import Mapping
from typing import Any

from otel_agent.ottl.editors.target import map_at
from otel_agent.ottl.function import Accessor, Function, Kind, Parameter
from otel_agent.ottl.json_forms import as_string
from otel_agent.ottl.truncation import Cut, truncating
from otel_agent.ottl.values import INT64_MAX, Value


class _Flattening:
    """The flat map while it grows."""

    def __init__(self, depth: int, resolve_conflicts: bool) -> None:
        self.result: dict[str, Value] = {}
        self._depth = depth
        self._resolve = resolve_conflicts
        self._met: dict[str, int] = {}

    def add_map(self, found: dict[str, Value], prefix: str, depth: int) -> None:
        start = f"{prefix}." if prefix else ""
        for key, value in found.items():
            self.add(start + key, value, depth)

    def add(self, key: str, value: Value, depth: int) -> None:
        if isinstance(value, dict) and depth < self._depth:
            self.add_map(value, key, depth + 1)
        elif isinstance(value, list) and depth < self._depth:
            self._add_list(key, value, depth)
        else:
            self._put(key, value)

    def _add_list(self, key: str, found: list[Value], depth: int) -> None:
        for index, value in enumerate(found):
            if isinstance(value, dict) and depth + 1 < self._depth:
                self.add_map(value, f"{key}.{index}", depth + 2)
            elif isinstance(value, list) and depth + 1 < self._depth:
                for inner, part in enumerate(value):
                    self.add(f"{key}.{index}{inner}", part, depth + 3)
            elif self._resolve:
                self._put(key, value)
            else:
                self.result[f"{key}.{index}"] = value

    def _put(self, key: str, value: Value) -> None:
        if not self._resolve or key not in self.result:
            self._met[key] = 0
            self.result[key] = value
            return
        number = self._met.get(key, 0)
        self._met[key] = number + 1
        self.result[f"{key}.{number}"] = value


def _flatten(item: Any, target: Accessor, prefix: str, depth: int, resolve_conflicts: bool) -> None:
    flattening = _Flattening(depth, resolve_conflicts)
    flattening.add_map(map_at(target, item), prefix, 0)
    target.set(item, flattening.result)


def _check_depth(literals: Mapping[str, Any]) -> None:
    if literals["depth"] < 1:
        raise ValueError(f"the depth {literals['depth']} is not greater than 0")


def _truncate_all(item: Any, target: Accessor, truncate: Cut, utf8_safe: bool) -> None:
    found = map_at(target, item)
    cut = truncate(found, utf8_safe)
    if cut:
        target.set(item, {**found, **cut})


def _stringify_all(item: Any, target: Accessor) -> None:
    found = map_at(target, item)
    target.set(item, {key: as_string(value) for key, value in found.items()})


_TARGET = Parameter("target", Kind.TARGET)

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "flatten",
        (
            _TARGET,
            Parameter("prefix", Kind.STRING, optional=True, default="", literal=True),
            Parameter("depth", Kind.INT, optional=True, default=INT64_MAX, literal=True),
            Parameter("resolve_conflicts", Kind.BOOL, optional=True, default=False, literal=True),
        ),
        _flatten,
        takes_item=True,
        check=_check_depth,
    ),
    Function(
        "truncate_all",
        (
            _TARGET,
            Parameter("limit", Kind.INT, literal=True, compiled=truncating),
            Parameter("utf8_safe", Kind.BOOL, optional=True, default=True, literal=True),
        ),
        _truncate_all,
        takes_item=True,
    ),
    Function("stringify_all", (_TARGET,), _stringify_all, takes_item=True),
)
