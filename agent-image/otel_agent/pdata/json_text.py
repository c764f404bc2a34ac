"""Values as compact JSON, as Go's encoder has it (portable twin of the kernel's)."""

import base64
import json
import math
from typing import Any

from otel_agent.pdata.values import shortest


def json_text(value: Any) -> str:
    """Return JSON: sorted keys, bytes in base64, `<` and its like escaped. ValueError for nan and inf, TypeError for others."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            if not math.isfinite(value):
                raise ValueError(f"{shortest(value)} has no form in JSON")
            mantissa, sign, power = shortest(value).partition("e-")
            return f"{mantissa}e-0{power}" if len(power) == 1 else mantissa + sign + power
        case str():
            return quoted(value)
        case bytes():
            return quoted(base64.b64encode(value).decode()) if value else "null"
        case list():
            return f"[{','.join(map(json_text, value))}]"
        case dict():
            return "{" + ",".join(sorted_pairs(value)) + "}"
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def sorted_pairs(value: dict[str, Any]) -> list[str]:
    """Return the members of a map as JSON, in the order of their keys as they are written."""
    pairs = sorted((quoted(key), json_text(member)) for key, member in value.items())
    return [f"{key}:{member}" for key, member in pairs]


def quoted(text: str) -> str:
    """Return the text as a JSON string."""
    written = json.dumps(text, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        if character in written:
            written = written.replace(character, f"\\u{ord(character):04x}")
    return written
