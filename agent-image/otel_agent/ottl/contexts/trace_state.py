"""Members of a W3C trace state: `trace_state["vendor"]`."""

import re

_KEY = re.compile(r"[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13}")
_VALUE = re.compile(r"[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]")
_MOST = 32


def read(state: str) -> dict[str, str] | None:
    """Return the members in their order; None where the text is no trace state."""
    members: dict[str, str] = {}
    if not state:
        return members
    for part in state.split(","):
        key, sign, value = part.strip(" \t").partition("=")
        if not sign or key in members or not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or len(members) == _MOST:
            return None
        members[key] = value
    return members


def with_member(state: str, key: str, value: str) -> str:
    """Return the state with the member at its front; unchanged where state, key or value is not valid."""
    members = read(state)
    if members is None or not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
        return state
    members.pop(key, None)
    kept = [(key, value), *members.items()][:_MOST]
    return ",".join(f"{name}={text}" for name, text in kept)
