"""UCUM units as the words that Prometheus' names end with (collector specification, 6.5)."""

import re

_WORDS = {
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "By": "bytes",
    "KiBy": "kibibytes",
    "MiBy": "mebibytes",
    "GiBy": "gibibytes",
    "TiBy": "tibibytes",  # as the Go translator spells it: queries have to go on working
    "KBy": "kilobytes",
    "MBy": "megabytes",
    "GBy": "gigabytes",
    "TBy": "terabytes",
    "m": "meters",
    "V": "volts",
    "A": "amperes",
    "J": "joules",
    "W": "watts",
    "g": "grams",
    "Cel": "celsius",
    "Hz": "hertz",
    "1": "",
    "%": "percent",
}
_PER_WORDS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
_NOT_NAME = re.compile(r"[^a-zA-Z0-9:]+")


def unit_words(unit: str) -> tuple[str, str]:
    """Return the main word and the `per_…` word of a unit, each perhaps empty; annotations in braces say nothing."""
    main, _, per = (part.strip() for part in unit.partition("/"))
    word = _WORDS.get(main, main) if main and not _annotated(main) else ""
    per_word = _PER_WORDS.get(per, per) if per and not _annotated(per) else ""
    return word, f"per_{per_word}" if per_word else ""


def unit_suffix(unit: str) -> str:
    """Return the unit as OpenMetrics' `# UNIT` has it, of legal characters."""
    return "_".join(word for word in map(legal_word, unit_words(unit)) if word)


def legal_word(word: str) -> str:
    """Put `_` for every run of characters that a legacy name cannot have; none at the beginning or end."""
    return _NOT_NAME.sub("_", word).strip("_")


def _annotated(text: str) -> bool:
    return "{" in text or "}" in text
