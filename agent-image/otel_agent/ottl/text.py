"""Values as text: what StringLike parameters and `body.string` give."""

import base64
import json
from datetime import datetime

from otel_agent.ottl.values import Duration, EvaluationError, Messages, Time, Value, WrongType, type_name
from otel_agent.pdata.values import shortest


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
    """Return compact JSON as Go's encoder has it: sorted keys, bytes in base64, `<`, `>` and `&` escaped; WrongType for what has none."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            if value != value or value in (float("inf"), float("-inf")):
                raise EvaluationError(f"{shortest(value)} has no form in JSON")
            return shortest(value)
        case str():
            return _quoted(value)
        case bytes():
            return _quoted(base64.b64encode(value).decode())
        case list():
            return f"[{','.join(map(as_json, value))}]"
        case dict():
            return "{" + ",".join(f"{_quoted(key)}:{as_json(value[key])}" for key in sorted(value)) + "}"
        case Time():
            return _quoted(rfc3339(value))
        case Duration():
            return str(value.nanoseconds)
        case Messages():
            raise WrongType(f"{value.kind} has no form as text")
    raise WrongType(f"{type_name(value)} has no form as text")


def rfc3339(time: Time) -> str:
    """Return the time with as many digits of its fraction as it needs, up to nanoseconds."""
    clock = time.clock()
    fraction = f".{time.nanosecond:09d}".rstrip("0").rstrip(".")
    return f"{clock.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}{_offset(clock)}"


def _offset(clock: datetime) -> str:
    offset = clock.strftime("%z")
    return "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        if character in quoted:
            quoted = quoted.replace(character, f"\\u{ord(character):04x}")
    return quoted
