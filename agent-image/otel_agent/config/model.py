"""Base of every component's configuration model, and the Go scalar types that configurations use."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


class ConfigModel(BaseModel):
    """Unknown keys are errors and types are strict, as in the Go collector's decoder."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


def parse_duration(value: Any) -> float:
    """Go duration ("1h2m3.5s", "-1.5h") or integer nanoseconds to seconds; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"expected a duration such as 5s or 200ms, got {value!r}")
    if isinstance(value, int):
        return value * 1e-9
    text = value.strip()
    sign, body = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if body == "0":
        return 0.0
    parts = list(_DURATION_PART.finditer(body))
    if not parts or "".join(p.group(0) for p in parts) != body:
        raise ValueError(f'invalid duration "{value}": give a number with a unit (ns, us, ms, s, m, h), such as 5s')
    return sign * sum(float(p.group(1)) * _UNIT_SECONDS[p.group(2)] for p in parts)


Duration = Annotated[float, BeforeValidator(parse_duration)]
"""Seconds as float; written in configurations as a Go duration string or integer nanoseconds."""
