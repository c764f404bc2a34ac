"""Reads a W3C tracestate as strictly as the OpenTelemetry API of Go does: one bad member makes all of it unreadable."""

import re

_MAX_MEMBERS = 32
_KEY_BYTE = r"[a-z0-9_\-*/]"
_KEY = re.compile(rf"[a-z]{_KEY_BYTE}{{0,255}}|[a-z0-9]{_KEY_BYTE}{{0,240}}@[a-z]{_KEY_BYTE}{{0,13}}")
_VALUE = re.compile(r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]")


def members(state: str) -> list[tuple[str, str]] | None:
    """Return keys and values in order; None for what is no tracestate. https://www.w3.org/TR/trace-context-1/#tracestate-header."""
    found: dict[str, str] = {}
    for member in filter(None, state.split(",")):
        key, equals, value = member.partition("=")
        key, value = key.lstrip(" \t"), value.rstrip(" \t")
        if not equals or not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or key in found or len(found) == _MAX_MEMBERS:
            return None
        found[key] = value
    return list(found.items())


def get(state: str, key: str) -> str | None:
    """Return the value of a member; None when it is not there, or the tracestate is not well-formed."""
    return dict(members(state) or ()).get(key)
