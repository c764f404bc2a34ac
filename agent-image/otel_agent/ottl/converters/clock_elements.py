"""Reads what a clock shows, one element of the reference time after the other: names, numbers, halves of the day, offsets."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from otel_agent.ottl.converters.layouts import DAYS, MONTHS
from otel_agent.ottl.converters.zones import day_number

_DIGITS = "0123456789"
_CENTURY_FROM = 69
_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Mismatch(Exception):
    """A text that does not go on as the element asks."""


Table = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Names with the numbers that they stand for; halves of the day with 0 or 12."""

    long_months: Table
    short_months: Table
    long_days: Table
    short_days: Table
    halves: Table | None = None
    """None: AM and PM, or am and pm, in the case of the element."""


ENGLISH = Names(
    tuple((name, number) for number, name in enumerate(MONTHS, 1)),
    tuple((name[:3], number) for number, name in enumerate(MONTHS, 1)),
    tuple((name, number) for number, name in enumerate(DAYS)),
    tuple((name[:3], number) for number, name in enumerate(DAYS)),
)


@dataclass(slots=True)
class Clock:
    """What has been read so far."""

    names: Names
    year: int = 0
    month: int = 1
    day: int = 1
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanosecond: int = 0
    half: int | None = None
    """0 or 12, the half of the day."""
    utc: bool = False
    offset: int | None = None
    zone_name: str | None = None

    def wall_seconds(self) -> int:
        """Return the seconds since 1970 as if the clock were UTC's; Mismatch for a day that the month does not have."""
        leap = self.year % 4 == 0 and (self.year % 100 != 0 or self.year % 400 == 0)
        if not 1 <= self.day <= _DAYS_IN_MONTH[self.month - 1] or (self.month == 2 and self.day == 29 and not leap):
            raise Mismatch(f"month {self.month} of {self.year} has no day {self.day}")
        hour = self.hour
        if self.half == 12 and hour < 12:
            hour += 12
        elif self.half == 0 and hour == 12:
            hour = 0
        return day_number(self.year, self.month, self.day) * 86_400 + hour * 3600 + self.minute * 60 + self.second


def _is_digit(text: str, at: int) -> bool:
    return at < len(text) and text[at] in _DIGITS


def _one_or_two(text: str, what: str) -> tuple[int, str]:
    if not _is_digit(text, 0):
        raise Mismatch(f"expected {what} at {text[:16]!r}")
    end = 2 if _is_digit(text, 1) else 1
    return int(text[:end]), text[end:]


def _fixed(text: str, digits: int, what: str) -> tuple[int, str]:
    if not all(_is_digit(text, at) for at in range(digits)):
        raise Mismatch(f"expected {what} of {digits} digits at {text[:16]!r}")
    return int(text[:digits]), text[digits:]


def _in(number: int, least: int, most: int, what: str) -> int:
    if not least <= number <= most:
        raise Mismatch(f"{what} {number} is not from {least} to {most}")
    return number


def _literal(text: str, expected: str) -> str:
    """Pass over written text; a space stands for any number of them, and for none at the end."""
    while expected:
        if expected[0] == " ":
            if text and text[0] != " ":
                raise Mismatch(f"expected a space at {text[:16]!r}")
            expected, text = expected.lstrip(" "), text.lstrip(" ")
        elif text[:1] != expected[0]:
            raise Mismatch(f"expected {expected[:16]!r} at {text[:16]!r}")
        else:
            expected, text = expected[1:], text[1:]
    return text


def _name(text: str, table: Table, what: str) -> tuple[int, str]:
    """Read the name that the text begins with, in any case; of several the longest."""
    low = text.lower()
    found = max(((len(name), number) for name, number in table if low.startswith(name.lower())), default=None)
    if found is None:
        raise Mismatch(f"expected {what} at {text[:16]!r}")
    return found[1], text[found[0] :]


def _year(text: str, clock: Clock) -> str:
    clock.year, text = _fixed(text, 4, "a year")
    return text


def _short_year(text: str, clock: Clock) -> str:
    number, text = _fixed(text, 2, "a year")
    clock.year = number + (1900 if number >= _CENTURY_FROM else 2000)
    return text


def _long_month(text: str, clock: Clock) -> str:
    clock.month, text = _name(text, clock.names.long_months, "a month")
    return text


def _short_month(text: str, clock: Clock) -> str:
    clock.month, text = _name(text, clock.names.short_months, "a month")
    return text


def _long_day(text: str, clock: Clock) -> str:
    return _name(text, clock.names.long_days, "a day of the week")[1]


def _short_day(text: str, clock: Clock) -> str:
    return _name(text, clock.names.short_days, "a day of the week")[1]


def _month(text: str, clock: Clock) -> str:
    number, text = _one_or_two(text, "a month")
    clock.month = _in(number, 1, 12, "month")
    return text


def _day(text: str, clock: Clock) -> str:
    clock.day, text = _one_or_two(text, "a day")
    return text


def _hour(text: str, clock: Clock) -> str:
    number, text = _one_or_two(text, "an hour")
    clock.hour = _in(number, 0, 23, "hour")
    return text


def _hour12(text: str, clock: Clock) -> str:
    number, text = _one_or_two(text, "an hour")
    clock.hour = _in(number, 0, 12, "hour")
    return text


def _minute(text: str, clock: Clock) -> str:
    number, text = _one_or_two(text, "a minute")
    clock.minute = _in(number, 0, 59, "minute")
    return text


def _second(text: str, clock: Clock) -> str:
    number, text = _one_or_two(text, "a second")
    clock.second = _in(number, 0, 59, "second")
    return text


def _upper_half(text: str, clock: Clock) -> str:
    return _half(text, clock, (("AM", 0), ("PM", 12)))


def _lower_half(text: str, clock: Clock) -> str:
    return _half(text, clock, (("am", 0), ("pm", 12)))


def _half(text: str, clock: Clock, english: Table) -> str:
    if clock.names.halves is not None:
        clock.half, text = _name(text, clock.names.halves, "a half of the day")
        return text
    for name, half in english:
        if text.startswith(name):
            clock.half = half
            return text[2:]
    raise Mismatch(f"expected {english[0][0]} or {english[1][0]} at {text[:16]!r}")


def _fraction(text: str, clock: Clock) -> str:
    """Read a point or comma and digits; nothing where there are none."""
    if text[:1] not in (".", ",") or not _is_digit(text, 1):
        return text
    end = 1
    while _is_digit(text, end):
        end += 1
    clock.nanosecond = int(text[1 : min(end, 10)].ljust(9, "0"))
    return text[end:]


_OFFSETS = {
    "Z0700": re.compile(r"(?P<sign>.)(?P<h>..)(?P<m>..)", re.DOTALL),
    "Z07:00": re.compile(r"(?P<sign>.)(?P<h>..):(?P<m>..)", re.DOTALL),
    "Z07": re.compile(r"(?P<sign>.)(?P<h>..)", re.DOTALL),
    "-07": re.compile(r"(?P<sign>.)(?P<h>..)", re.DOTALL),
    "-07:00": re.compile(r"(?P<sign>.)(?P<h>..):(?P<m>..)", re.DOTALL),
    "-0700": re.compile(r"(?P<sign>.)(?P<h>..)(?P<m>..)", re.DOTALL),
    "-070000": re.compile(r"(?P<sign>.)(?P<h>..)(?P<m>..)(?P<s>..)", re.DOTALL),
    "-07:00:00": re.compile(r"(?P<sign>.)(?P<h>..):(?P<m>..):(?P<s>..)", re.DOTALL),
}


def _offset(form: str) -> Callable[[str, Clock], str]:
    pattern = _OFFSETS[form]

    def read(text: str, clock: Clock) -> str:
        if form[0] == "Z" and text.startswith("Z"):
            clock.utc = True
            return text[1:]
        found = pattern.match(text)
        if found is None or found["sign"] not in "+-":
            raise Mismatch(f"expected an offset such as {form.replace('Z', '+')} at {text[:16]!r}")
        parts = found.groupdict()
        hours = _in(_fixed(parts["h"], 2, "an offset")[0], 0, 24, "hours of the offset")
        minutes = _in(_fixed(parts.get("m") or "00", 2, "an offset")[0], 0, 60, "minutes of the offset")
        seconds = _in(_fixed(parts.get("s") or "00", 2, "an offset")[0], 0, 60, "seconds of the offset")
        total = hours * 3600 + minutes * 60 + seconds
        clock.offset = -total if found["sign"] == "-" else total
        return text[found.end() :]

    return read


_ABBREVIATION = re.compile(
    r"ChST|MeST|GMT(?:[+-][0-9]{1,2}(?![0-9]))?|[+-][0-9]{1,2}(?![0-9])"
    r"|[A-Z]{4}T(?![A-Z])|(?:[A-Z]{3}T|WITA)(?![A-Z])|[A-Z]{3}(?![A-Z])"
)


def _zone_name(text: str, clock: Clock) -> str:
    if text.startswith("UTC"):
        clock.utc = True
        return text[3:]
    found = _ABBREVIATION.match(text)
    if found is None:
        raise Mismatch(f"expected an abbreviation of a zone at {text[:16]!r}")
    clock.zone_name = found[0]
    return text[found.end() :]


_READERS: dict[str, Callable[[str, Clock], str]] = {
    "2006": _year,
    "06": _short_year,
    "January": _long_month,
    "Jan": _short_month,
    "Monday": _long_day,
    "Mon": _short_day,
    **dict.fromkeys(("1", "01"), _month),
    **dict.fromkeys(("2", "_2", "02"), _day),
    "15": _hour,
    **dict.fromkeys(("3", "03"), _hour12),
    **dict.fromkeys(("4", "04"), _minute),
    **dict.fromkeys(("5", "05"), _second),
    "PM": _upper_half,
    "pm": _lower_half,
    ".999": _fraction,
    "MST": _zone_name,
    **{form: _offset(form) for form in _OFFSETS},
}


def read_element(text: str, element: str, fraction_follows: bool, clock: Clock) -> str:
    """Read one element, or written text, and return what is left; Mismatch where the text is something else."""
    reader = _READERS.get(element)
    if reader is None:
        return _literal(text, element)
    text = reader(text, clock)
    # A fraction may follow the seconds where the format does not name it.
    return _fraction(text, clock) if element == "5" and not fraction_follows else text
