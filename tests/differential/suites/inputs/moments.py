"""Times and durations as text and as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

Make = Callable[[Random], Any]


def seconds(random: Random) -> int:
    """Seconds since 1970 of the years 1 to 2262."""
    return random.choice(
        (0, 1, -1, 1_700_000_000, 951_782_400, random.randint(-9_000_000_000, 9_000_000_000), random.randint(0, 2_000_000_000))
    )


def nanoseconds(random: Random) -> int:
    """Nanoseconds of a second, and a little beyond."""
    return random.choice((0, 1, 999_999_999, 500_000_000, 120_000_000, 1_500_000_000, -1, random.randint(0, 999_999_999)))


def duration(random: Random) -> str:
    """Durations as Go reads them."""
    unit = random.choice(("ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", ""))
    number = random.choice(("0", "1", "1.5", ".5", "5.", "100", "0.000000001", "9223372036", "3.999999999999", "1e3", "", "."))
    return random.choice(("", "-", "+")) + random.choice((f"{number}{unit}", f"1h{number}{unit}", f"{number}{unit}1ms", "0"))


TIME_FORMATS = tuple(
    (form, rest)
    for form in (
        "%Y-%m-%dT%H:%M:%S%z",
        "%Y-%m-%d %H:%M:%S",
        "%d/%b/%Y:%H:%M:%S %z",
        "%b %e %Y %H:%M:%S",
        "%F %T",
        "%D %R",
        "%Y-%m-%dT%H:%M:%S.%L%z",
        "%c",
        "%Y-%m-%d %I:%M:%S %p",
        "%a, %d %b %Y %H:%M:%S %Z",
        "%A %B %d %Y %l:%M %P",
        "%y%m%d %H%M%S",
        "%Y-%m-%dT%H:%M:%S,%fZ",
        "%m/%g/%Y",
        "%Y-%m-%d %H:%M:%S %j",
        "%Y-%m-%d %H:%M:%S %i",
    )
    for rest in ("", ', "Europe/Berlin"', ', "America/New_York"')
)


def time_text(form: str) -> Make:
    """Make times in about the format."""

    def make(random: Random) -> str:
        moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(
            seconds=random.randint(-900_000_000, 900_000_000), microseconds=random.choice((0, 120_000, 123_456))
        )
        moment = moment.astimezone(timezone(timedelta(minutes=random.choice((0, 60, -300, 330)))))
        offset = moment.strftime("%z")
        fraction = f"{moment.microsecond:06d}"
        values = {
            "%z": random.choice((offset, f"{offset[:3]}:{offset[3:]}", offset[:3], "Z")),
            "%j": f"{offset[:3]}:{offset[3:]}",
            "%i": offset[:3],
            "%Z": random.choice(("UTC", "GMT", "CET", "EST", "CEST", "PST", "GMT+3", "MST")),
            "%L": fraction[:3],
            "%f": fraction,
            "%g": str(moment.day),
            "%e": random.choice((str(moment.day), f"{moment.day:2d}")),
            "%l": str(moment.hour % 12 or 12),
            "%P": moment.strftime("%p").lower(),
            "%D": moment.strftime(random.choice(("%m/%d/%y", "%m/%d/%Y"))),
            "%m": random.choice((f"{moment.month:02d}", str(moment.month))),
            "%d": random.choice((f"{moment.day:02d}", str(moment.day), f" {moment.day}")),
            "%c": moment.strftime("%a %b %d %H:%M:%S %Y"),
        }
        out = "".join(part if not part.startswith("%") else values.get(part, moment.strftime(part)) for part in _directives(form))
        return (
            out
            if random.random() < 0.85
            else random.choice(("", "x" + out, out.upper(), out.replace(" ", "  ", 1), out[1:], out.replace(":", "-", 1)))
        )

    return make


def _directives(form: str) -> Iterator[str]:
    at = 0
    while at < len(form):
        size = 2 if form[at] == "%" else 1
        yield form[at : at + size]
        at += size


LOCALES = ("de", "fr", "es", "pt-BR", "ja")


def localized(random: Random) -> str:
    """Dates with names of several languages."""
    day = random.choice(("14", "1", "31"))
    month = random.choice(
        ("März", "märz", "Dezember", "mars", "décembre", "abril", "março", "May", "Mai", "5月", "Okt.", "Okt", "juil.", "ene")
    )
    return f"{day} {month} 2024"
