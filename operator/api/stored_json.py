"""A JSON value as the API server gives it back after storing it.

What is compared with a stored object must be as the API server would have stored it: its numbers are int64 or float64, and
a float without a fraction is written without one (`2.0` comes back as `2`).
"""

import json
import math
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from otel_operator.json_types import JsonObject

MAX_CHARACTERS = 4 * 1024 * 1024
"""Of one value. An API server takes requests up to 3 MiB; YAML aliases can ask for any multiple of what they repeat."""
_SCALAR = 4
"""Characters that numbers, booleans, null and punctuation count."""
_LONGEST_PLAIN = 1e21
"""From here on floats are written with an exponent."""
_INT64 = range(-(2**63), 2**63)


class NotStorable(ValueError):
    """The value cannot be stored; the message says why, and `path` leads to the number in it that is why, if one is."""

    def __init__(self, problem: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(problem)
        self.path = path


def as_stored(value: Any) -> Any:
    """Return a copy of `value` as it would come back, nothing in it shared. Recursive: the caller bounds the depth.

    Raises:
        NotStorable: for infinite numbers and what is larger than MAX_CHARACTERS.

    """
    try:
        return _Copy().of(value)
    except OverflowError:
        raise NotStorable(".nan, .inf and larger numbers cannot be stored; write another", next(_infinite(value))) from None


def json_copy(obj: JsonObject) -> JsonObject:
    """Return a deep copy of a JSON object, several times faster than `copy.deepcopy` and good for 900 levels of nesting."""
    return json.loads(json.dumps(obj))  # type: ignore[no-any-return]


def in_stored_order(obj: JsonObject) -> JsonObject:
    """Return a deep copy of a JSON object whose maps have the order in which the API server gives them: sorted by key."""
    return json.loads(json.dumps(obj, sort_keys=True))  # type: ignore[no-any-return]


def deeper_than(value: Any, levels: int) -> bool:
    """Tell whether maps and lists nest deeper than `levels`, without recursion."""
    layer = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        if not layer:
            return False
        inner = (item for outer in layer for item in (outer.values() if isinstance(outer, dict) else outer))
        layer = [item for item in inner if isinstance(item, dict | list)]
    return bool(layer)


def _infinite(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of numbers that are none, or none that a float holds."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _infinite(inner, (*path, step))
    elif isinstance(value, int | float) and not -sys.float_info.max <= value <= sys.float_info.max:
        yield path


class _Copy:
    def __init__(self) -> None:
        self._left = MAX_CHARACTERS

    def of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._counted(key): self.of(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if isinstance(value, str):
            return self._counted(value)
        self._take(_SCALAR)
        return value if value is None or isinstance(value, bool) else _number(value)

    def _counted(self, text: str) -> str:
        self._take(len(text) + _SCALAR)
        return text

    def _take(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise NotStorable(f"larger than {MAX_CHARACTERS} characters, with what aliases repeat written out")


def _number(number: int | float) -> int | float:
    if isinstance(number, int):
        if number in _INT64:
            return number
        number = float(number)
    if not math.isfinite(number):
        raise OverflowError
    if number.is_integer() and abs(number) < _LONGEST_PLAIN:
        return int(Decimal(repr(number)))
    return number
