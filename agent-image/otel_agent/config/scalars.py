"""The Go scalar types that configurations use: durations and opaque strings."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, PlainSerializer, SerializationInfo
from pydantic_core import CoreSchema, core_schema

REDACTED = "[REDACTED]"

_UNIT_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_MAX_DURATION_TEXT = 64
_MAX_NANOSECONDS = 2**63 - 1


def parse_duration(value: Any) -> float:
    """Go duration ("1h2m3.5s", "-1.5h") or integer nanoseconds to seconds; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"expected a duration such as 5s or 200ms, got {value!r}")
    nanoseconds = value if isinstance(value, int) else _nanoseconds(value)
    if abs(nanoseconds) > _MAX_NANOSECONDS:
        raise ValueError(f"duration {value!r} is longer than 292 years, the most that can be configured")
    return nanoseconds / 1e9


def _nanoseconds(text: str) -> float:
    body = text.strip()
    negative = body.startswith("-")
    body = body[1:] if body[:1] in {"-", "+"} else body
    if body == "0":
        return 0
    parts = _DURATION_PART.findall(body) if len(body) <= _MAX_DURATION_TEXT else []
    if not parts or "".join(number + unit for number, unit in parts) != body:
        raise ValueError(
            f'invalid duration "{text[:_MAX_DURATION_TEXT]}": give a number with a unit (ns, us, ms, s, m, h), such as 5s'
        )
    total: float = sum(float(number) * _UNIT_NANOSECONDS[unit] for number, unit in parts)
    return -total if negative else total


def format_duration(seconds: float) -> str:
    """Seconds as the Go collector prints them: "1h2m3.5s", "200ms", "0s"."""
    nanoseconds = round(abs(seconds) * 1e9)
    if nanoseconds == 0:
        return "0s"
    sign = "-" if seconds < 0 else ""
    for unit, limit in (("ns", 1_000), ("us", 1_000_000), ("ms", 1_000_000_000)):
        if nanoseconds < limit:
            return f"{sign}{_decimal(nanoseconds, limit // 1_000)}{'µs' if unit == 'us' else unit}"
    minutes, rest = divmod(nanoseconds, _UNIT_NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, 1_000_000_000)}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{text}"
    return f"{sign}{minutes}m{text}" if minutes else f"{sign}{text}"


def _decimal(amount: int, scale: int) -> str:
    whole, fraction = divmod(amount, scale)
    digits = f"{fraction:0{len(str(scale)) - 1}d}".rstrip("0") if fraction else ""
    return f"{whole}.{digits}" if digits else str(whole)


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
]
"""Seconds as float; written in configurations as a Go duration string or integer nanoseconds.

Write defaults in seconds: `timeout: Duration = 5.0`. `model_dump(mode="json")` gives the Go spelling back.
"""


SHOW_SECRETS = {"secrets": True}
"""Context of a serialisation that shall not hide them."""


def _redact(secret: str, info: SerializationInfo) -> str:
    if info.context == SHOW_SECRETS:
        return str(secret)
    return REDACTED if secret else ""


class Opaque(str):
    """A secret (configopaque.String): a plain str to the code that uses it, `[REDACTED]` in `repr` and print-config."""

    __slots__ = ()

    def __repr__(self) -> str:
        return REDACTED if self else "''"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Decode like a strict str; serialise to JSON as `[REDACTED]`, an empty one as empty, and as it is with SHOW_SECRETS."""
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(strict=True),
            serialization=core_schema.plain_serializer_function_ser_schema(_redact, when_used="json", info_arg=True),
        )
