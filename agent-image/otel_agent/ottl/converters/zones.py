"""Time zones: the machine's own, those of the IANA database by name, and what a clock in one shows.

The tzdata package is used where the machine has no database.
"""

import os
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

_LOCALTIME = Path("/etc/localtime")
_YEAR_1900, _YEAR_2038, _QUARTER = -2_208_988_800, 2_145_916_800, 91 * 86_400
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1)
def local_zone() -> tzinfo:
    """Return the zone of the environment variable TZ, else of the machine, else UTC."""
    name = os.environ.get("TZ")
    if name is not None:
        try:
            return zone_of(name.removeprefix(":") or "UTC")
        except ValueError:
            return UTC
    if _LOCALTIME.exists():
        with _LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file, "Local")
    return UTC


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """Return a zone of the database; ValueError for an unknown name."""
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return local_zone()
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"unknown time zone {name!r}; use a name such as Europe/Berlin") from error


def offset_at(zone: tzinfo, unix_seconds: int) -> int:
    """Return by how many seconds the zone's clock is ahead of UTC."""
    return _whole_seconds(_at(zone, unix_seconds).utcoffset())


def name_at(zone: tzinfo, unix_seconds: int) -> str:
    """Return the zone's abbreviation."""
    return _at(zone, unix_seconds).tzname() or ""


@lru_cache(maxsize=64)
def abbreviations(zone: tzinfo) -> dict[str, tuple[int, ...]]:
    """Return the abbreviations that a zone has had since 1900, with their offsets, by a look at each quarter of a year."""
    found: dict[str, dict[int, None]] = {}
    for moment in range(_YEAR_1900, _YEAR_2038, _QUARTER):
        found.setdefault(name_at(zone, moment), {})[offset_at(zone, moment)] = None
    return {name: tuple(offsets) for name, offsets in found.items()}


def _at(zone: tzinfo, unix_seconds: int) -> datetime:
    """Return the instant in the zone; the rules of its first and last year hold outside the years that Python knows."""
    bounded = min(max(unix_seconds, -62_000_000_000), 253_000_000_000)
    return (_FIRST + timedelta(seconds=bounded)).astimezone(zone)


def _whole_seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else int(offset.total_seconds())


def from_wall_clock(zone: tzinfo, wall_seconds: int) -> int:
    """Return the seconds since 1970 at which a clock in the zone shows what UTC shows at `wall_seconds`.

    A time that the clock shows twice, or never, is the one that Go's time.Date takes.
    """
    offset = offset_at(zone, wall_seconds)
    return wall_seconds - offset_at(zone, wall_seconds - offset) if offset else wall_seconds


def day_number(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 in the Gregorian calendar, for any year."""
    years = year - (month <= 2)
    era, of_era = divmod(years, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
