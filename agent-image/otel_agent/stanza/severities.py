"""Severities: their names and numbers, and the mapping from values to them. Pure."""

from collections.abc import Mapping
from typing import Any

from otel_agent.stanza.entry import EntryError, Value

_GROUPS = ("trace", "debug", "info", "warn", "error", "fatal")
NUMBERS = {f"{group}{step or ''}": 4 * index + max(step, 1) for index, group in enumerate(_GROUPS) for step in (0, 2, 3, 4)}
"""Number of each name: trace is 1, trace2 is 2, …, fatal4 is 24."""
TEXTS = {number: name.upper() for name, number in NUMBERS.items()} | {0: "DEFAULT"}
"""What `overwrite_text` writes."""
_CANONICAL = NUMBERS | {str(number): number for number in NUMBERS.values()}
_ALIASES = {
    f"{alias}{step or ''}": NUMBERS[f"{name}{step or ''}"]
    for name, alias in (("warn", "warning"), ("error", "err"))
    for step in (0, 2, 3, 4)
}
_PRESETS: dict[str, dict[str, int]] = {"none": {}, "otel": _CANONICAL, "aliases": _CANONICAL}
_HTTP = {f"{digit}xx": range(digit * 100, digit * 100 + 100) for digit in (2, 3, 4, 5)}
_MAX_RANGE = 10_000


def build_mapping(preset: str, mapping: Mapping[Any, Any]) -> dict[str, int]:
    """Return severity numbers by value in lower case; ValueError names what is no severity or no value."""
    found = dict(_PRESETS.get(preset, _CANONICAL | _ALIASES))
    for name, values in mapping.items():
        number = _CANONICAL.get(str(name).lower())
        if number is None:
            raise ValueError(
                f'"{name}" is no severity, use trace, debug, info, warn, error or fatal, perhaps with 2, 3 or 4 behind'
            )
        for value in values if isinstance(values, list) else [values]:
            found.update(dict.fromkeys(_texts(value), number))
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} cannot be mapped to a severity")
    if isinstance(value, int):
        return [str(value)]
    if isinstance(value, str):
        return [str(number) for number in _HTTP[value.lower()]] if value.lower() in _HTTP else [value.lower()]
    if isinstance(value, Mapping) and isinstance(value.get("min"), int) and isinstance(value.get("max"), int):
        low, high = sorted((value["min"], value["max"]))
        if high - low > _MAX_RANGE:
            raise ValueError(f"a range of values spans at most {_MAX_RANGE}")
        return [str(number) for number in range(low, high + 1)]
    raise ValueError(f"{value!r} cannot be mapped to a severity: give a text, a number, or {{min, max}}")


def find(mapping: Mapping[str, int], value: Value) -> tuple[int, str]:
    """Return number (0 if it is not in the mapping) and text of a value; `EntryError` for other than text and numbers."""
    if type(value) is str:
        return mapping.get(value) or mapping.get(value.lower(), 0), value
    if isinstance(value, bytes):
        text = value.decode(errors="replace")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        text = str(int(value))
    else:
        raise EntryError(f"a value of type {type(value).__name__} cannot be a severity")
    return mapping.get(text.lower(), 0), text
