"""Layouts of timestamps: strptime and Go notation, turned into one regular expression and a list of its parts. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_LAYOUT = 256


class Part(StrEnum):
    """What a group of the regular expression holds."""

    YEAR = "year"
    SHORT_YEAR = "short_year"
    MONTH = "month"
    MONTH_NAME = "month_name"
    DAY = "day"
    YEAR_DAY = "year_day"
    HOUR = "hour"
    HALF_DAY_HOUR = "half_day_hour"
    HALF_DAY = "half_day"
    MINUTE = "minute"
    SECOND = "second"
    FRACTION = "fraction"
    ZONE_NAME = "zone_name"
    OFFSET = "offset"


_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_ONE_OR_TWO = r"\d\d?"
_FRACTION = r"\d{1,9}"
_GO: dict[str, tuple[Part | None, str]] = {
    "2006": (Part.YEAR, r"\d{4}"),
    "06": (Part.SHORT_YEAR, r"\d\d"),
    "01": (Part.MONTH, r"\d\d"),
    "_1": (Part.MONTH, r" ?\d\d?"),
    "1": (Part.MONTH, _ONE_OR_TWO),
    "January": (Part.MONTH_NAME, _MONTHS),
    "Jan": (Part.MONTH_NAME, "|".join(SHORT_MONTHS)),
    "02": (Part.DAY, r"\d\d"),
    "_2": (Part.DAY, r" ?\d\d?"),
    "2": (Part.DAY, _ONE_OR_TWO),
    "002": (Part.YEAR_DAY, r"\d{3}"),
    "__2": (Part.YEAR_DAY, r" {0,2}\d{1,3}"),
    "Monday": (None, _DAYS),
    "Mon": (None, "Mon|Tue|Wed|Thu|Fri|Sat|Sun"),
    "15": (Part.HOUR, _ONE_OR_TWO),
    "03": (Part.HALF_DAY_HOUR, r"\d\d"),
    "3": (Part.HALF_DAY_HOUR, _ONE_OR_TWO),
    "PM": (Part.HALF_DAY, "AM|PM"),
    "pm": (Part.HALF_DAY, "am|pm"),
    "04": (Part.MINUTE, r"\d\d"),
    "4": (Part.MINUTE, _ONE_OR_TWO),
    "05": (Part.SECOND, r"\d\d"),
    "5": (Part.SECOND, _ONE_OR_TWO),
    "MST": (Part.ZONE_NAME, "[A-Z]{3,5}|[A-Z][a-zA-Z_]+(?:/[A-Za-z_]+)+|[+-]\\d\\d"),
    "Z07:00:00": (Part.OFFSET, r"Z|[+-]\d\d:\d\d:\d\d"),
    "Z070000": (Part.OFFSET, r"Z|[+-]\d{6}"),
    "Z07:00": (Part.OFFSET, r"Z|[+-]\d\d:\d\d"),
    "Z0700": (Part.OFFSET, r"Z|[+-]\d{4}"),
    "Z07": (Part.OFFSET, r"Z|[+-]\d\d"),
    "-07:00:00": (Part.OFFSET, r"[+-]\d\d:\d\d:\d\d"),
    "-070000": (Part.OFFSET, r"[+-]\d{6}"),
    "-07:00": (Part.OFFSET, r"[+-]\d\d:\d\d"),
    "-0700": (Part.OFFSET, r"[+-]\d{4}"),
    "-07": (Part.OFFSET, r"[+-]\d\d"),
}
_GO_TOKEN = re.compile(
    r"(?P<fraction>[.,](?:0+|9+)(?!\d))|(?P<name>"
    + "|".join(re.escape(name) for name in sorted(_GO, key=len, reverse=True))
    + ")"
)
_STRPTIME = {
    "Y": "2006",
    "y": "06",
    "m": "01",
    "o": "_1",
    "q": "1",
    "b": "Jan",
    "h": "Jan",
    "B": "January",
    "d": "02",
    "e": "_2",
    "g": "2",
    "a": "Mon",
    "A": "Monday",
    "H": "15",
    "l": "3",
    "I": "03",
    "p": "PM",
    "P": "pm",
    "M": "04",
    "S": "05",
    "Z": "MST",
    "z": "Z0700",
    "w": "-070000",
    "i": "-07",
    "j": "-07:00",
    "k": "-07:00:00",
}
_STRPTIME_GROUPS = {
    "D": "%m/%d/%Y",
    "x": "%m/%d/%Y",
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "r": "%I:%M:%S %P",
    "R": "%H:%M",
    "n": "\n",
    "t": "\t",
    "c": "%a %b %d %H:%M:%S %Y",
}
_FRACTIONS = "Lfs"


@dataclass(frozen=True, slots=True)
class Layout:
    """`pattern` has a group for each of `parts`."""

    pattern: re.Pattern[str]
    parts: tuple[Part, ...]


def parse_strptime(layout: str) -> Layout:
    """Read a layout with % directives; ValueError for a directive that there is not."""
    builder = _Builder()
    text = re.sub("%([" + "".join(_STRPTIME_GROUPS) + "])", lambda match: _STRPTIME_GROUPS[match[1]], _checked(layout))
    index = 0
    while index < len(text):
        if text[index] != "%":
            builder.literal(text[index])
            index += 1
            continue
        directive = text[index + 1 : index + 2]
        if directive == "%":
            builder.literal("%")
        elif directive and directive in _FRACTIONS:
            builder.fraction()
        elif directive in _STRPTIME:
            builder.element(*_GO[_STRPTIME[directive]])
        else:
            raise ValueError(f'unsupported directive "%{directive}" in layout "{layout}"')
        index += 2
    return builder.layout()


def parse_gotime(layout: str) -> Layout:
    """Read a layout in the notation of Go's time package ("2006-01-02T15:04:05.000Z07:00")."""
    builder = _Builder()
    position = 0
    text = _checked(layout)
    for match in _GO_TOKEN.finditer(text):
        builder.literal(text[position : match.start()])
        position = match.end()
        if match["fraction"]:
            builder.literal(match[0][0])
            builder.fraction()
        else:
            builder.element(*_GO[match[0]])
    builder.literal(text[position:])
    return builder.layout()


def _checked(layout: str) -> str:
    if not layout:
        raise ValueError("missing required parameter layout")
    if len(layout) > MAX_LAYOUT:
        raise ValueError(f"a layout has at most {MAX_LAYOUT} characters")
    return layout


class _Builder:
    def __init__(self) -> None:
        self._pattern: list[str] = []
        self._parts: list[Part] = []
        self._pending_fraction = False

    def literal(self, text: str) -> None:
        if not text:
            return
        if self._pending_fraction and text not in (".", ","):
            self._optional_fraction()
        if self._pending_fraction:
            # The layout's own fraction follows; it may be missing or have any number of digits.
            self._pattern.append("(?:[.,]")
            return
        self._pattern.append(re.sub(r"\\ ", " +", re.escape(text)))

    def element(self, part: Part | None, pattern: str) -> None:
        if self._pending_fraction:
            self._optional_fraction()
        if part is None:
            self._pattern.append(f"(?:{pattern})")
            return
        self._pattern.append(f"({pattern})")
        self._parts.append(part)
        self._pending_fraction = part is Part.SECOND

    def fraction(self) -> None:
        if self._pending_fraction and self._pattern[-1] == "(?:[.,]":
            self._pattern.append(f"({_FRACTION}))?")
        else:
            self._pattern.append(f"({_FRACTION})")
        self._parts.append(Part.FRACTION)
        self._pending_fraction = False

    def _optional_fraction(self) -> None:
        """Let a fraction follow the seconds although the layout does not say so, as in Go."""
        self._pending_fraction = False
        if self._pattern[-1] == "(?:[.,]":
            self._pattern[-1] = "[.,]"
            return
        self._pattern.append(f"(?:[.,]({_FRACTION}))?")
        self._parts.append(Part.FRACTION)

    def layout(self) -> Layout:
        if self._pending_fraction:
            self._optional_fraction()
        return Layout(re.compile("".join(self._pattern), re.ASCII | re.IGNORECASE), tuple(self._parts))
