"""set and merge_maps."""

from collections.abc import Mapping
from typing import Any

from otel_agent.ottl.editors.target import map_of
from otel_agent.ottl.function import Accessor, Function, Kind, Parameter
from otel_agent.ottl.values import Value

_STRATEGIES = ("insert", "update", "upsert")


def _set(item: Any, target: Accessor, value: Value) -> None:
    if value is not None:
        target.set(item, value)


def _merge_maps(item: Any, target: Accessor, source: dict[str, Value], strategy: str) -> None:
    found = map_of(target, item)
    for key, value in source.items():
        if strategy == "upsert" or (key in found) == (strategy == "update"):
            found[key] = value
    target.set(item, found)


def _check_strategy(literals: Mapping[str, Any]) -> None:
    if literals["strategy"] not in _STRATEGIES:
        raise ValueError(f"the strategy is one of {', '.join(_STRATEGIES)}, not {literals['strategy']!r}")


FUNCTIONS: tuple[Function, ...] = (
    Function("set", (Parameter("target", Kind.TARGET), Parameter("value")), _set, takes_item=True),
    Function(
        "merge_maps",
        (Parameter("target", Kind.TARGET), Parameter("source", Kind.MAP), Parameter("strategy", Kind.STRING, literal=True)),
        _merge_maps,
        takes_item=True,
        check=_check_strategy,
    ),
)
