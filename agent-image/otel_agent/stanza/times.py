"""Reads timestamps: text by a layout, or numbers of an epoch. Pure but for the clock that tells the year of those without one."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from otel_agent.stanza.entry import EntryError, Value
from otel_agent.stanza.time_layouts import SHORT_MONTHS, Layout, Part, parse_gotime, parse_strptime

NANOSECONDS = 1_000_000_000
EPOCH_LAYOUTS = {"s": NANOSECONDS, "ms": 1_000_000, "us": 1_000, "ns": 1}
"""Nanoseconds of a unit."""
EPOCH_FRACTIONS = {"s.ms": 3, "s.us": 6, "s.ns": 9}
"""Digits behind the point."""
_MONTHS = {name.lower(): number for number, name in enumerate(SHORT_MONTHS, 1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_ONE_WEEK = timedelta(days=7)
_LATEST = 2**64
_SCALES = tuple(int(10 ** (9 - digits)) for digits in range(10))
"""Nanoseconds of the last digit of a fraction, by the number of its digits."""
_ZERO_OFFSETS = frozenset({"UTC", "GMT", "Z", "UCT"})

TimeReader = Callable[[Value], int]
"""Returns nanoseconds since 1970; `EntryError` for what does not fit."""


def find_location(name: str) -> tzinfo | None:
    """Return a time zone; None for the local one. ValueError when there is none of that name."""
    if name in ("", "Local"):
        return None
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'unknown time zone "{name}"') from error


def make_reader(layout_type: str, layout: str, location: str, now: Callable[[], float] = time.time) -> TimeReader:
    """Return a reader for `strptime`, `gotime` or `epoch` layouts; ValueError for a layout or location that is none."""
    if layout_type == "epoch":
        return _epoch_reader(layout)
    parsed = parse_strptime(layout) if layout_type == "strptime" else parse_gotime(layout)
    zone: tzinfo | None = find_location(location)
    if not location and layout.endswith("Z") and not layout.endswith("%Z"):
        zone = UTC
    return _LayoutReader(parsed, layout, zone, now).read


class _LayoutReader:
    """Reads by a layout. Within one minute only the seconds differ, so what is before and behind them is kept, and compared."""

    def __init__(self, layout: Layout, text: str, location: tzinfo | None, now: Callable[[], float]) -> None:
        self._match = layout.pattern.fullmatch
        self._parts = layout.parts
        self._text = text
        self._location = location
        self._now = now
        second = layout.parts.index(Part.SECOND) if layout.parts.count(Part.SECOND) == 1 else -1
        self._second = second + 1
        follows = layout.parts[second + 1 : second + 2] == (Part.FRACTION,)
        self._fraction = self._second + 1 if second >= 0 and follows and layout.parts.count(Part.FRACTION) == 1 else 0
        self._has_year = Part.YEAR in layout.parts or Part.SHORT_YEAR in layout.parts
        self._before: str | None = None
        self._behind = ""
        self._minute = 0

    def read(self, value: Value) -> int:
        if type(value) is not str:
            raise EntryError(f"a value of type {type(value).__name__} cannot be parsed as a time")
        before, behind = self._before, self._behind
        if before is not None and value.startswith(before) and value.endswith(behind):
            seconds = value[len(before) : len(value) - len(behind)]
            if len(seconds) == 2 or (3 < len(seconds) <= 12 and seconds[2] in ".,"):
                digits, fraction = seconds[:2], seconds[3:]
                if digits < "60" and digits.isdigit() and (not fraction or fraction.isdigit()) and seconds.isascii():
                    return (self._minute + int(digits)) * NANOSECONDS + (
                        int(fraction) * _SCALES[len(fraction)] if fraction else 0
                    )
        return self._read(value)

    def _read(self, value: str) -> int:
        match = self._match(value)
        if match is None:
            raise EntryError(f'"{value[:100]}" does not fit the layout "{self._text}"')
        minute = self._seconds(match.groups(), value)
        second = int(match[self._second]) if self._second else 0
        if second > 59:
            raise EntryError(f'"{value[:100]}": second out of range')
        fraction = self._fraction_of(match)
        found = (minute + second) * NANOSECONDS + fraction
        if not 0 <= found < _LATEST:
            raise EntryError(f'"{value[:100]}": before 1970 or after 2554')
        if self._fraction and self._has_year and minute >= 0:
            end = match.end(self._fraction) if match[self._fraction] else match.end(self._second)
            self._before, self._behind, self._minute = value[: match.start(self._second)], value[end:], minute
        return found

    def _fraction_of(self, match: "re.Match[str]") -> int:
        if Part.FRACTION not in self._parts or not (digits := match[self._parts.index(Part.FRACTION) + 1]):
            return 0
        return int(digits) * _SCALES[len(digits)]

    def _seconds(self, groups: tuple[str | None, ...], value: str) -> int:
        """Seconds since 1970 of the minute in which the time is."""
        parts = {part: text for part, text in zip(self._parts, groups, strict=True) if text}
        try:
            moment = _datetime(parts, self._location, self._now())
        except (ValueError, OverflowError) as error:
            raise EntryError(f'"{value[:100]}": {error}') from error
        return (moment - _EPOCH) // timedelta(seconds=1)


def _datetime(parts: dict[Part, str], location: tzinfo | None, now: float) -> datetime:
    zone = _zone(parts, location)
    local = datetime.fromtimestamp(now, zone)
    year = _year(parts)
    guessed = year is None
    month = _MONTHS[parts[Part.MONTH_NAME][:3].lower()] if Part.MONTH_NAME in parts else int(parts.get(Part.MONTH, "1"))
    moment = datetime(
        local.year if year is None else year, month, int(parts.get(Part.DAY, "1")), _hour(parts), int(parts.get(Part.MINUTE, "0"))
    )
    if Part.YEAR_DAY in parts:
        moment = moment.replace(month=1, day=1) + (int(parts[Part.YEAR_DAY]) - 1) * _DAY
    if guessed and moment > local.replace(tzinfo=None) + _ONE_WEEK:
        moment = moment.replace(year=moment.year - 1)
    return moment.astimezone() if zone is None else moment.replace(tzinfo=zone)


def _year(parts: dict[Part, str]) -> int | None:
    if Part.YEAR in parts:
        return int(parts[Part.YEAR])
    if Part.SHORT_YEAR in parts:
        short = int(parts[Part.SHORT_YEAR])
        return short + (1900 if short >= 69 else 2000)
    return None


def _hour(parts: dict[Part, str]) -> int:
    if Part.HALF_DAY_HOUR not in parts:
        return int(parts.get(Part.HOUR, "0"))
    hour = int(parts[Part.HALF_DAY_HOUR])
    if not 0 <= hour <= 12:
        raise ValueError("hour out of range")
    afternoon = parts.get(Part.HALF_DAY, "").lower() == "pm"
    return hour % 12 + 12 if afternoon else hour % 12 if Part.HALF_DAY in parts else hour


def _zone(parts: dict[Part, str], location: tzinfo | None) -> tzinfo | None:
    if offset := parts.get(Part.OFFSET):
        return _offset(offset)
    if name := parts.get(Part.ZONE_NAME):
        if name[0] in "+-":
            return _offset(name)
        if name.upper() in _ZERO_OFFSETS:
            return UTC
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'unknown time zone "{name}", only names of the time zone database tell an offset') from None
    return location


def _offset(text: str) -> tzinfo:
    if text in ("Z", "z"):
        return UTC
    digits = text[1:].replace(":", "").ljust(6, "0")
    amount = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:6]))
    return timezone(-amount if text[0] == "-" else amount)


def _epoch_reader(layout: str) -> TimeReader:
    if layout in EPOCH_LAYOUTS:
        unit = EPOCH_LAYOUTS[layout]

        def read_whole(value: Value) -> int:
            return _in_range(_whole(value, layout) * unit, value)

        return read_whole
    if layout in EPOCH_FRACTIONS:
        digits = EPOCH_FRACTIONS[layout]

        def read_fraction(value: Value) -> int:
            text = f"{value:.{digits}f}" if isinstance(value, float) else f"{value}.0" if type(value) is int else value
            if not isinstance(text, str) or text.count(".") != 1 or len(text) > 40:
                raise EntryError(f"invalid value {str(value)[:100]!r} for layout {layout!r}")
            seconds, _, fraction = text.partition(".")
            return _in_range(_whole(seconds, layout) * NANOSECONDS + _whole(fraction, layout) * 10 ** (9 - digits), value)

        return read_fraction
    raise ValueError(f'invalid layout "{layout}" for epoch: use s, ms, us, ns, s.ms, s.us or s.ns')


def _whole(value: Value, layout: str) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            pass
    raise EntryError(f"invalid value {str(value)[:100]!r} for layout {layout!r}")


def _in_range(nanoseconds: int, value: Value) -> int:
    if not 0 <= nanoseconds < _LATEST:
        raise EntryError(f"{str(value)[:100]}: before 1970 or after 2554")
    return nanoseconds
