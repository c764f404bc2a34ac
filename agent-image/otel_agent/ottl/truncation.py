"""Cuts texts to a number of bytes, by the kernel where it is there."""

from collections.abc import Callable

from otel_agent.ottl.values import Value
from otel_agent.pdata.native import choose

Cut = Callable[[dict[str, Value], bool], dict[str, str]]
"""Takes a map and whether a character that the cut would halve is left out, else its bytes become U+FFFD; returns what it cut."""


def truncating(limit: int) -> Cut:
    """Return what cuts to so many bytes of UTF-8. ValueError for a negative number."""
    if limit < 0:
        raise ValueError(f"the limit {limit} is negative")
    native = choose()
    if native is None:
        return lambda values, utf8_safe: truncated(values, limit, utf8_safe)
    return lambda values, utf8_safe: native.truncated(values, limit, utf8_safe)


def truncated(values: dict[str, Value], limit: int, utf8_safe: bool) -> dict[str, str]:
    """Return the texts among the values that have more bytes than the limit, cut."""
    short = limit // 4  # no text of so many characters has more bytes
    cut: dict[str, str] = {}
    for key, value in values.items():
        if value.__class__ is str and len(value) > short and (len(value) > limit or not value.isascii()):
            octets = value.encode()
            if len(octets) > limit:
                cut[key] = octets[:limit].decode(errors="ignore" if utf8_safe else "replace")
    return cut
