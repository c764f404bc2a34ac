"""Finds `${…}` in configuration text and takes it apart. What it stands for is looked up elsewhere."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_SCHEME = "env"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_USER_INFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${…}` in a text."""

    start: int
    end: int
    body: str
    """What stands between the braces."""

    @property
    def text(self) -> str:
        """The reference as written."""
        return f"${{{self.body}}}"


def find_reference(text: str) -> Reference | None:
    """Return the first innermost reference that is not escaped by an odd number of `$` before it."""
    start = 0
    while (close := text.find("}", start)) >= 0:
        opening = text.rfind("${", start, close)
        if opening >= 0 and _dollars_before(text, opening, start) % 2 == 0:
            return Reference(opening, close + 1, text[opening + 2 : close])
        start = close + 1
    return None


def _dollars_before(text: str, position: int, start: int) -> int:
    first = position
    while first > start and text[first - 1] == "$":
        first -= 1
    return position - first


def substitute(text: str, reference: Reference, value: str) -> str:
    """Put `value` in the place of every occurrence of a reference, except where an odd number of `$` before it escapes it."""
    first, *others = text.split(reference.text)
    parts = [first]
    for other in others:
        before = parts[-1]
        parts += [reference.text if _dollars_before(before, len(before), 0) % 2 else value, other]
    return "".join(parts)


def split_location(location: str, schemes: Container[str], default: str = DEFAULT_SCHEME) -> tuple[str, str]:
    """Scheme and rest of `scheme:rest`. Without a scheme, or in `NAME:-default` where NAME is none, the scheme is `default`."""
    match = _SCHEME.fullmatch(location)
    if match is None or (match[2].startswith("-") and match[1] not in schemes):
        return default, location
    return match[1], match[2]


def without_password(uri: str) -> str:
    """Leave user and password out of an address."""
    return _USER_INFO.sub(r"\1…@", uri)


def unescape(text: str) -> str:
    """Turn `$$` into `$`, the last step of expansion."""
    return text.replace("$$", "$")


def reference_paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of the strings in a raw configuration that hold a reference."""
    if isinstance(value, str):
        if find_reference(value) is not None:
            yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from reference_paths(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from reference_paths(item, (*path, str(index)))
