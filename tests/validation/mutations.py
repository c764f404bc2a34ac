"""Objects made from the manifests by putting odd values into random places: many mistakes that nobody thought of."""

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from otel_operator.api import yaml12
from tests.validation.manifests import RIGHT, WRONG

_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 70_000, 2**40, 1.5, "", "x", "1", "a b", "UPPER", "${env:A}", "0.0.0.0:99999", "a" * 300, "é"),
    *([], {}, [None], ["a", "a"], [{"name": "a"}, {"name": "a"}], {"": None}, {"a": {"b": [1]}}, {"limits": {"cpu": "1x"}}),
)
_REMOVED = object()
_DEEP, _MOSTLY = 3, 0.8
"""Changes are mostly to fields below `spec.x`, and mostly to values of the same type: others are refused nearly always."""
_CHANGES = (1, 1, 1, 1, 2, 3)
_RIGHT_ONES = 5
"""How often a right manifest is taken for each wrong one, so that servers take some of what comes out."""


def mutated(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield objects of the operator's kinds, the same for the same seed; apiVersion and kind stay.

    None has durations: a server takes a list for text that has a format (kube-openapi leaves out its check of the type there),
    which is a mistake all the same.
    """
    choose = random.Random(seed)
    manifests = [
        text
        for name, text in (*_RIGHT_ONES * list(RIGHT.items()), *WRONG.items())
        if "duration" not in name and "not-served" not in text
    ]
    originals = list(map(yaml12.load, manifests))
    for _ in range(count):
        obj = deepcopy(choose.choice(originals))
        for _ in range(choose.choice(_CHANGES)):
            paths = [path for path in _paths(obj) if path[0] not in ("apiVersion", "kind")]
            if deep := [path for path in paths if len(path) >= _DEEP] if choose.random() < _MOSTLY else paths:
                _change(obj, choose.choice(deep), choose)
        yield obj


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in entries:
        yield from _paths(inner, (*path, step))


def _change(obj: Any, path: tuple[Any, ...], choose: random.Random) -> None:
    for step in path[:-1]:
        obj = obj[step]
    alike = [value for value in _VALUES if type(value) is type(obj[path[-1]])]
    value = choose.choice(alike) if alike and choose.random() < _MOSTLY else choose.choice((*_VALUES, _REMOVED))
    if value is _REMOVED:
        del obj[path[-1]]
    else:
        obj[path[-1]] = deepcopy(value)
