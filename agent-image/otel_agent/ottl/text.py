"""Values as text: what StringLike parameters and `body.string` give."""

import base64
from datetime import datetime

from otel_agent.ottl.values import Duration, EvaluationError, Messages, Time, Value, WrongType
from otel_agent.pdata.json_text import json_text, quoted


def string_like(value: Value) -> str | None:
    """Return text as it is, bytes in hex, anything else as JSON; None for nil."""
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else as_json(value)


def as_string(value: Value) -> str:
    """Return an attribute's value as the collector shows it: text as it is, bytes in base64, nothing as "", else JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else as_json(value)


def as_json(value: Value) -> str:
    """Return compact JSON as Go's encoder has it, times in RFC 3339, durations in ns. EvaluationError for what has none."""
    if isinstance(value, Time):
        return quoted(rfc3339(value))
    if isinstance(value, Duration):
        return str(value.nanoseconds)
    if isinstance(value, Messages):
        raise WrongType(f"{value.kind} has no form as text")
    try:
        return json_text(value)
    except (ValueError, TypeError) as error:
        raise EvaluationError(str(error)) from error


def rfc3339(time: Time) -> str:
    """Return the time with as many digits of its fraction as it needs, up to nanoseconds."""
    clock = time.clock()
    fraction = f".{time.nanosecond:09d}".rstrip("0").rstrip(".")
    return f"{clock.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}{_offset(clock)}"


def _offset(clock: datetime) -> str:
    offset = clock.strftime("%z")
    return "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
