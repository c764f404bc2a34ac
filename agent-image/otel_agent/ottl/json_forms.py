"""Values as text where the Go collector writes JSON, which it does with two encoders that differ.

`as_string` is how an attribute is shown (ToKeyValueString, what Sort orders by): keys sorted, nothing escaped for HTML.
`string_like` is what parameters of the kind give (String, Concat, IsMatch): keys sorted by their escaped form, `<`, `>` and `&`
escaped, exponents of two digits.
"""

import base64
import json
import math

from otel_agent.ottl.values import Duration, EvaluationError, Messages, Time, Value, WrongType, type_name
from otel_agent.pdata.values import shortest

_ALWAYS_ESCAPED = {"\u2028": "\\u2028", "\u2029": "\\u2029"}
_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def as_string(value: Value) -> str:
    """Return text as it is, nothing as "", bytes in base64, maps and lists as JSON."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bytes():
            return base64.b64encode(value).decode()
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return _json(value, html=False)


def string_like(value: Value) -> str | None:
    """Return text as it is, None for nil, bytes in hex, anything else as JSON; EvaluationError for what has no form."""
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else _json(value, html=True)


def _json(value: Value, html: bool) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _number(value, html)
        case str():
            return _quoted(value, html)
        case bytes():
            return f'"{base64.b64encode(value).decode()}"' if value else "null"
        case list():
            return f"[{','.join(_json(member, html) for member in value)}]"
        case dict():
            pairs = [(_quoted(key, html), key, _json(member, html)) for key, member in value.items()]
            pairs.sort(key=lambda pair: pair[0] if html else pair[1])
            return "{" + ",".join(f"{quoted}:{member}" for quoted, _, member in pairs) + "}"
        case Time():
            return _quoted(_rfc3339(value), html)
        case Duration():
            return str(value.nanoseconds)
        case Messages():
            raise WrongType(f"{value.kind} has no form as text")
    raise WrongType(f"{type_name(value)} has no form as text")


def _number(value: float, html: bool) -> str:
    if not math.isfinite(value):
        raise EvaluationError(f"{value} has no form in JSON")
    text = shortest(value)
    mantissa, exponent, power = text.partition("e-")
    return f"{mantissa}e-0{power}" if html and exponent and len(power) == 1 else text


def _quoted(text: str, html: bool) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    for character, escape in (_ALWAYS_ESCAPED | _HTML if html else _ALWAYS_ESCAPED).items():
        if character in quoted:
            quoted = quoted.replace(character, escape)
    return quoted


def _rfc3339(time: Time) -> str:
    """Return the time with as many digits of its fraction as it needs."""
    clock = time.clock()
    fraction = f".{time.nanosecond:09d}".rstrip("0").rstrip(".")
    offset = clock.strftime("%z")
    zone = "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    return f"{clock.replace(microsecond=0, tzinfo=None).isoformat()}{fraction}{zone}"
