"""Sizes in bytes as log receivers take them: numbers, or text such as 1KiB and 16mb."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNITS = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1000,
    "kib": 1024,
    "m": 1000**2,
    "mb": 1000**2,
    "mib": 1024**2,
    "g": 1000**3,
    "gb": 1000**3,
    "gib": 1024**3,
    "t": 1000**4,
    "tb": 1000**4,
    "tib": 1024**4,
}
_SIZE = re.compile(r"\s*(\d{1,18}(?:\.\d{1,9})?)\s*([a-zA-Z]*)\s*", re.ASCII)
_MOST = 2**63 - 1


def parse_size(value: Any) -> int:
    """Return bytes; ValueError for what is no size."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST:
        return int(value)
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _UNITS:
        raise ValueError(f"invalid size {str(value)[:50]!r}: give bytes, or a number with a unit such as 16KiB or 1mb")
    return min(int(float(match[1]) * _UNITS[match[2].lower()]), _MOST)


ByteSize = Annotated[int, BeforeValidator(parse_size)]
"""Bytes; written as a number or as text with a unit."""
