"""Layouts of times: strptime directives (`%Y-%m-%dT%H:%M:%S.%L%z`), and the clock's elements that they stand for.

The directives are turned into one text of Go's reference time (`2006-01-02`), which is what the Go collector does: the elements
are found in that text as a whole, so that letters written out in a format (`Jan`, `PM`) are elements too.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from otel_agent.ottl.converters.zones import name_at, offset_at
from otel_agent.ottl.values import Time

DIRECTIVES = {
    "%Y": "2006",
    "%y": "06",
    "%m": "01",
    "%o": "_1",
    "%q": "1",
    "%b": "Jan",
    "%h": "Jan",
    "%B": "January",
    "%d": "02",
    "%e": "_2",
    "%g": "2",
    "%a": "Mon",
    "%A": "Monday",
    "%H": "15",
    "%l": "3",
    "%I": "03",
    "%p": "PM",
    "%P": "pm",
    "%M": "04",
    "%S": "05",
    "%L": "999",
    "%f": "999999",
    "%s": "999999999",
    "%Z": "MST",
    "%z": "Z0700",
    "%w": "-070000",
    "%i": "-07",
    "%j": "-07:00",
    "%k": "-07:00:00",
    "%D": "01/02/2006",
    "%x": "01/02/2006",
    "%F": "2006-01-02",
    "%T": "15:04:05",
    "%X": "15:04:05",
    "%r": "03:04:05 pm",
    "%R": "15:04",
    "%n": "\n",
    "%t": "\t",
    "%%": "%",
    "%c": "Mon Jan 02 15:04:05 2006",
}
DIRECTIVE = re.compile("%.")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

_ELEMENT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|_2006|_2|__2|0[1-6]|002|15|PM|pm|-07:00:00|-070000|-07:00|-0700|-07"
    r"|Z07:00:00|Z070000|Z07:00|Z0700|Z07|[.,](?:0+|9+)(?![0-9])|[1-5]"
)
_MOST_CHARACTERS = 4096


class Piece(NamedTuple):
    """A piece of a layout: text, or an element of the clock."""

    text: str
    element: bool


def check_format(text: str) -> str:
    """Return the format; ValueError for digits, unknown directives, and a fraction of a second without its point."""
    if not text:
        raise ValueError("the format is empty")
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"the format is longer than {_MOST_CHARACTERS} characters")
    if any(character.isascii() and character.isdigit() for character in text):
        raise ValueError("the format has a digit; use the directives of strptime, such as %Y-%m-%d")
    if found := re.search("[^.,]%[Lfs]", text):
        raise ValueError(f"{found[0]!r}: a fraction of a second has to follow '.' or ','")
    for directive in DIRECTIVE.findall(text):
        if directive not in DIRECTIVES:
            raise ValueError(f"unknown directive {directive!r}; known: {' '.join(DIRECTIVES)}")
    return text


@lru_cache(256)
def pieces(layout: str) -> tuple[Piece, ...]:
    """Return the text and the elements of a layout in terms of the reference time."""
    found: list[Piece] = []
    at = 0
    for match in _ELEMENT.finditer(layout):
        start = match.start()
        if start > at:
            found.append(Piece(layout[at:start], False))
        element = match[0]
        if element == "_2006":
            found.append(Piece("_", False))
            element = "2006"
        found.append(Piece(element, True))
        at = match.end()
    if at < len(layout):
        found.append(Piece(layout[at:], False))
    return tuple(found)


@lru_cache(256)
def layout_of(text: str) -> str:
    """Return a format with its directives replaced by the reference time."""
    return DIRECTIVE.sub(lambda match: DIRECTIVES[match[0]], text)


def format_time(time: Time, layout: str) -> str:
    """Return the time in a layout of the reference time."""
    clock = time.clock()
    seconds = time.unix_nano // 1_000_000_000
    out: list[str] = []
    for text, element in pieces(layout):
        out.append(_shown(text, time, clock, seconds) if element else text)
    return "".join(out)


def _shown(element: str, time: Time, clock: datetime, seconds: int) -> str:
    if element[0] in ".,":
        return _fraction(element, time.nanosecond)
    if element[0] in "-Z":
        return _offset(element, offset_at(time.zone, seconds))
    if element == "MST":
        return _zone_name(time, seconds)
    return _CLOCK[element](clock)


_CLOCK: dict[str, Callable[[datetime], str]] = {
    "2006": lambda clock: f"{clock.year:04d}",
    "06": lambda clock: f"{clock.year % 100:02d}",
    "January": lambda clock: MONTHS[clock.month - 1],
    "Jan": lambda clock: MONTHS[clock.month - 1][:3],
    "1": lambda clock: str(clock.month),
    "01": lambda clock: f"{clock.month:02d}",
    "Monday": lambda clock: DAYS[clock.isoweekday() % 7],
    "Mon": lambda clock: DAYS[clock.isoweekday() % 7][:3],
    "2": lambda clock: str(clock.day),
    "_2": lambda clock: f"{clock.day:2d}",
    "02": lambda clock: f"{clock.day:02d}",
    "__2": lambda clock: f"{clock.timetuple().tm_yday:3d}",
    "002": lambda clock: f"{clock.timetuple().tm_yday:03d}",
    "15": lambda clock: f"{clock.hour:02d}",
    "3": lambda clock: str(clock.hour % 12 or 12),
    "03": lambda clock: f"{clock.hour % 12 or 12:02d}",
    "4": lambda clock: str(clock.minute),
    "04": lambda clock: f"{clock.minute:02d}",
    "5": lambda clock: str(clock.second),
    "05": lambda clock: f"{clock.second:02d}",
    "PM": lambda clock: "PM" if clock.hour >= 12 else "AM",
    "pm": lambda clock: "pm" if clock.hour >= 12 else "am",
}


def _fraction(element: str, nanosecond: int) -> str:
    digits = f"{nanosecond:09d}"[: len(element) - 1].ljust(len(element) - 1, "0")
    if element[1] == "9":
        digits = digits.rstrip("0")
        if not digits:
            return ""
    return element[0] + digits


def _offset(element: str, offset: int) -> str:
    if element[0] == "Z" and offset == 0:
        return "Z"
    hours, rest = divmod(abs(offset), 3600)
    parts = [f"{hours:02d}", f"{rest // 60:02d}", f"{rest % 60:02d}"]
    digits = element[1:].replace(":", "")
    separator = ":" if ":" in element else ""
    return ("-" if offset < 0 else "+") + separator.join(parts[: len(digits) // 2])


def _zone_name(time: Time, seconds: int) -> str:
    name = name_at(time.zone, seconds)
    if name == "UTC" or (name and not name.startswith("UTC")):
        return name
    offset = offset_at(time.zone, seconds)
    hours, rest = divmod(abs(offset), 3600)
    return ("-" if offset < 0 else "+") + f"{hours:02d}" + (f"{rest // 60:02d}" if rest // 60 else "")


def default_text(time: Time) -> str:
    """Return the time as Go shows it by default."""
    return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST")
