"""Editors of lists: append and delete_index."""

from collections.abc import Mapping
from typing import Any

from otel_agent.ottl.editors.target import list_of
from otel_agent.ottl.function import Accessor, Function, Kind, Parameter
from otel_agent.ottl.values import EvaluationError, Value, WrongType

_LEFT_OUT = object()


def _append(item: Any, target: Accessor, value: Value, values: Any) -> None:
    found = target.get(item)
    if isinstance(found, dict):
        raise WrongType("cannot append to a map")
    result = list(found) if isinstance(found, list) else [] if found is None else [found]
    if value is not _LEFT_OUT:
        result.append(value)
    if values is not _LEFT_OUT:
        result.extend(values)
    target.set(item, result)


def _check_append(literals: Mapping[str, Any]) -> None:
    if literals.get("value") is _LEFT_OUT and literals.get("values") is _LEFT_OUT:
        raise ValueError("value or values has to be given")


def _delete_index(item: Any, target: Accessor, start: int, end: int | None) -> None:
    found = list_of(target, item)
    last = start + 1 if end is None else end
    if start == 0 and last == len(found):
        target.set(item, [])
        return
    if not 0 <= start < len(found):
        raise EvaluationError(f"start_index {start} out of bounds: the list has {len(found)} members")
    if last < start:
        raise EvaluationError(f"end_index {last} lies before start_index {start}")
    if last > len(found):
        raise EvaluationError(f"end_index {last} out of bounds: the list has {len(found)} members")
    target.set(item, found[:start] + found[last:])


_TARGET = Parameter("target", Kind.TARGET)

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "append",
        (
            _TARGET,
            Parameter("value", optional=True, default=_LEFT_OUT),
            Parameter("values", optional=True, default=_LEFT_OUT, listed=True),
        ),
        _append,
        takes_item=True,
        check=_check_append,
    ),
    Function(
        "delete_index",
        (_TARGET, Parameter("start_index", Kind.INT), Parameter("end_index", Kind.INT, optional=True)),
        _delete_index,
        takes_item=True,
    ),
)
