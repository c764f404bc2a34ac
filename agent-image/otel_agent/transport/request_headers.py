"""Changes to the headers of a request, whose names have no case. Pure."""

from collections.abc import Mapping


def without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    """Return the headers less one."""
    lower = name.lower()
    return {key: value for key, value in headers.items() if key.lower() != lower}


def replace(headers: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    """Return the headers with one set, in place of one of that name."""
    return {**without(headers, name), name: value}


def has(headers: Mapping[str, str], name: str) -> bool:
    """Whether there is a header of that name."""
    lower = name.lower()
    return any(key.lower() == lower for key in headers)
