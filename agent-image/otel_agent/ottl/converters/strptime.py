"""Reads times by a strptime format, as leniently as the Go collector does.

Numbers may lack their leading zeros and have spaces before them, a fraction of a second may follow the seconds unasked, `%z` is
`Z`, `+0100`, `+01:00` or `+01`, `%D` has a year of four digits or two. A time without a year is of this year, or of the last one
where it would be more than a week ahead. Month and day names are English, or of the locale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any

from otel_agent.ottl.converters.clock_elements import ENGLISH, Clock, Mismatch, Names, read_element
from otel_agent.ottl.converters.layouts import DIRECTIVE, DIRECTIVES, check_format, pieces
from otel_agent.ottl.converters.zones import abbreviations, day_number, from_wall_clock, local_zone, name_at, offset_at, zone_of
from otel_agent.ottl.values import EvaluationError, Time

_SPACES = " \t\n\f\r"
_LONGEST = 4096
_SECONDS_A_DAY = 86_400
_LENIENT: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(("%m", "%o", "%q"), (("1",),)),
    **dict.fromkeys(("%d", "%e", "%g"), (("2",),)),
    **dict.fromkeys(("%D", "%x"), (("1", "/", "2", "/", "2006"), ("1", "/", "2", "/", "06"))),
    **dict.fromkeys(("%T", "%X"), (("15", ":", "4", ":", "5"),)),
    "%I": (("3",),),
    "%M": (("4",),),
    "%S": (("5",),),
    "%F": (("2006", "-", "1", "-", "2"),),
    "%r": (("3", ":", "4", ":", "5", " ", "pm"),),
    "%R": (("15", ":", "4"),),
    "%c": (("Mon", " ", "Jan", " ", "2", " ", "15", ":", "4", ":", "5", " ", "2006"),),
    "%z": (("Z0700",), ("Z07:00",), ("Z07",)),
}
_FRACTIONS = ("%L", "%f", "%s")
_FRACTION = ".999"


@dataclass(frozen=True, slots=True)
class Format:
    """A format ready to read with: what follows each other, each a choice of pieces."""

    parts: tuple[tuple[tuple[str, ...], ...], ...]
    zone: tzinfo = field(default_factory=local_zone)
    names: Names = ENGLISH

    @classmethod
    def of(cls, text: str, location: str | None = None, locale: str | None = None) -> "Format":
        """Read a format; ValueError for what is none, an unknown zone or locale. A format that ends in Z is in UTC."""
        check_format(text)
        zone = zone_of(location) if location else UTC if text.endswith("Z") else local_zone()
        return cls(_parts(text), zone, _names(locale) if locale is not None else ENGLISH)

    def parse(self, text: str, now: Time) -> Time:
        """Return the time that a text says; EvaluationError where it does not fit the format."""
        if len(text) > _LONGEST:
            raise EvaluationError(f"Time: the text has more than {_LONGEST} characters")
        try:
            clock = self._read(text)
            return _this_year(self._time(clock), clock, now)
        except Mismatch as error:
            raise EvaluationError(f"Time: {text[:64]!r} does not fit the format: {error}") from error

    def _read(self, text: str) -> Clock:
        clock = Clock(self.names)
        for index, choices in enumerate(self.parts):
            following = self.parts[index + 1][0][0] if index + 1 < len(self.parts) else ""
            text = _read_choice(text, choices, following, clock)
        if text:
            raise Mismatch(f"{text[:32]!r} is left over")
        return clock

    def _time(self, clock: Clock) -> Time:
        wall = clock.wall_seconds()
        time = _placed(clock, wall, self.zone)
        seconds = time.unix_nano // 1_000_000_000
        name = name_at(time.zone, seconds)
        if clock.zone_name is None or offset_at(time.zone, seconds) or name == "UTC" or name == name_at(self.zone, seconds):
            return time
        # An abbreviation that the format's zone does not know: the database may have a zone of that name.
        try:
            zone = zone_of(clock.zone_name)
        except ValueError as error:
            raise Mismatch(str(error)) from error
        return _placed(clock, wall, zone)


def _parts(text: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    parts: list[tuple[tuple[str, ...], ...]] = []
    at = 0
    for match in [*DIRECTIVE.finditer(text), None]:
        between = text[at : match.start()] if match else text[at:]
        directive = match[0] if match else ""
        fraction = directive in _FRACTIONS and between[-1:] in (".", ",")
        if fraction:
            between = between[:-1]
        parts += [((piece.text,),) for piece in pieces(between)]
        if match is None:
            break
        at = match.end()
        if fraction:
            parts.append(((_FRACTION,),))
        else:
            parts.append(_LENIENT.get(directive, ((DIRECTIVES[directive],),)))
    return tuple(parts)


def _read_choice(text: str, choices: Sequence[Sequence[str]], following: str, clock: Clock) -> str:
    """Read the first of the choices that fits, return what is left of the text."""
    failure: Mismatch | None = None
    for elements in choices:
        rest = text
        try:
            for place, element in enumerate(elements):
                behind = elements[place + 1] if place + 1 < len(elements) else following
                rest = _read_spaced(rest, element, behind, clock)
        except Mismatch as error:
            failure = error
        else:
            return rest
    assert failure is not None
    raise failure


def _read_spaced(text: str, element: str, behind: str, clock: Clock) -> str:
    """Read an element; a number, or an offset that may be Z, may have spaces before it."""
    fraction_follows = behind == _FRACTION
    try:
        return read_element(text, element, fraction_follows, clock)
    except Mismatch:
        stripped = text.lstrip(_SPACES)
        if stripped == text or not (element[0].isdigit() or element[0] == "Z"):
            raise
        return read_element(stripped, element, fraction_follows, clock)


def _placed(clock: Clock, wall: int, zone: tzinfo) -> Time:
    """Return the clock's time as a point in time."""
    if clock.utc:
        return Time(wall * 1_000_000_000 + clock.nanosecond, UTC)
    if clock.offset is not None:
        seconds = wall - clock.offset
        same = offset_at(zone, seconds) == clock.offset
        return _at(seconds, clock, zone if same else timezone(timedelta(seconds=clock.offset)))
    if clock.zone_name is None:
        return _at(from_wall_clock(zone, wall), clock, zone)
    known = _offset_by_name(zone, clock.zone_name, wall)
    if known is not None:
        return _at(wall - known, clock, zone)
    hours = clock.zone_name[3:] if clock.zone_name.startswith("GMT") else ""
    offset = int(hours) * 3600 if hours else 0
    return _at(wall, clock, timezone(timedelta(seconds=offset), clock.zone_name))


def _at(seconds: int, clock: Clock, zone: tzinfo) -> Time:
    return Time(seconds * 1_000_000_000 + clock.nanosecond, zone)


def _offset_by_name(zone: tzinfo, name: str, wall: int) -> int | None:
    """Return what a zone's abbreviation stands for at a time, or else ever; None for one that it does not have."""
    offsets = abbreviations(zone).get(name, ())
    return next((offset for offset in offsets if name_at(zone, wall - offset) == name), offsets[0] if offsets else None)


def _this_year(time: Time, clock: Clock, now: Time) -> Time:
    if clock.year > 0:
        return time
    today = now.clock()
    shift = (day_number(today.year, clock.month, clock.day) - day_number(clock.year, clock.month, clock.day)) * _SECONDS_A_DAY
    moved = Time(time.unix_nano + shift * 1_000_000_000, time.zone)
    if moved.unix_nano <= now.unix_nano + 7 * _SECONDS_A_DAY * 1_000_000_000:
        return moved
    days = day_number(today.year, clock.month, clock.day) - day_number(today.year - 1, clock.month, clock.day)
    return Time(moved.unix_nano - days * _SECONDS_A_DAY * 1_000_000_000, time.zone)


@lru_cache(64)
def _names(locale: str) -> Names:
    """Return the names of a locale's months, days and halves of the day; ValueError for an unknown one."""
    from babel import Locale, UnknownLocaleError

    try:
        known = Locale.parse(locale, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"unknown locale {locale!r}; use a BCP 47 tag such as de or pt-BR") from error
    forms = ("format", "stand-alone")
    # Babel counts days from Monday, the clock from Sunday.
    return Names(
        long_months=tuple((known.months[form]["wide"][number], number) for form in forms for number in range(1, 13)),
        short_months=tuple((known.months[form]["abbreviated"][number], number) for form in forms for number in range(1, 13)),
        long_days=tuple((known.days[form]["wide"][number], number) for form in forms for number in range(7)),
        short_days=tuple((known.days[form]["abbreviated"][number], number) for form in forms for number in range(7)),
        halves=tuple(_halves(known.day_periods)),
    )


def _halves(periods: Any) -> Iterator[tuple[str, int]]:
    """Return the names of both halves of the day in every width that the locale has them in."""
    for form in ("format", "stand-alone"):
        for names in periods.get(form, {}).values():
            for name, hour in (("am", 0), ("pm", 12)):
                if name in names:
                    yield names[name], hour
