"""Durations as the API server reads those of custom resources (k8s.io/kube-openapi/pkg/validation/strfmt). Pure."""

import re

_GO = re.compile(r"[+-]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)")
_WORDS = re.compile(r"(\d+)\s*([A-Za-zµ]+)")
_UNITS = frozenset({"ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk"})
_LONG_UNITS = ("nano", "micro", "milli", "sec", "min", "hour", "day", "week")
"""Of these the beginning is enough: `seconds`."""


def is_duration(text: str) -> bool:
    """Tell whether `text` is a duration: `1h30m` as in Go, or numbers with units such as `2 days` anywhere in it."""
    if _GO.fullmatch(text):
        return True
    units = [unit.lower() for _, unit in _WORDS.findall(text)]
    return any(unit in _UNITS or unit.startswith(_LONG_UNITS) for unit in units)
