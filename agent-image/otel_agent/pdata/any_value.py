"""AnyValue as plain Python objects and as text, as the Go collector's AsRaw and AsString have them. Pure."""

import base64
from typing import Any

import orjson

from otel_agent.pdata.values import shortest

Plain = None | bool | int | float | str | list[Any] | dict[str, Any]


def plain(value: Any) -> Plain:
    """Return what JSON can hold: bytes in base64, lists and maps of the same; None where nothing is set.

    A value deeper than protobuf's own limit of nesting cannot have been decoded, so the recursion is bounded.
    """
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(member) for member in value.array_value.values]
    if kind == "kvlist_value":
        return {member.key: plain(member.value) for member in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode("ascii")
    found: Plain = getattr(value, kind) if kind is not None and kind != "string_value_strindex" else None
    return found


def text(value: Any) -> str:
    """Return one line of text: numbers at their shortest, JSON for lists and maps, nothing for an empty value."""
    found = plain(value)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float):
        return shortest(found)
    if isinstance(found, list | dict):
        return to_json(found)
    return str(found)


def to_json(found: Plain) -> str:
    """Return compact JSON with sorted keys; NaN and infinities, which JSON does not have, become null."""
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
