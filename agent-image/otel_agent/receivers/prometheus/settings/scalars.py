"""Durations and sizes as Prometheus writes them."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

_DURATION = re.compile(
    r"(?:(\d{1,10})y)?(?:(\d{1,10})w)?(?:(\d{1,10})d)?(?:(\d{1,10})h)?(?:(\d{1,10})m)?(?:(\d{1,10})s)?(?:(\d{1,10})ms)?", re.ASCII
)
_MILLISECONDS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)(B|[KMGTPE]i?B)?", re.ASCII)
_EXPONENTS = "BKMGTPE"
_LONGEST = 2**63 // 1_000_000


def parse_duration(value: Any) -> float:
    """Prometheus duration ("1h30m", "15s", "500ms", "0") to seconds; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"not a valid duration string: {value!r}")
    text = str(value)
    if text == "0":
        return 0.0
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        raise ValueError(f'not a valid duration string: "{text[:64]}" (write it like 15s, 1m or 1h30m)')
    total = sum(int(part) * unit for part, unit in zip(found.groups(), _MILLISECONDS, strict=True) if part)
    if total > _LONGEST:
        raise ValueError(f'duration out of range: "{text[:64]}"')
    return total / 1000


def format_duration(seconds: float) -> str:
    """Seconds as Prometheus writes them in labels such as `__scrape_interval__`: "1m30s", "500ms", "0s"."""
    rest = round(seconds * 1000)
    if rest == 0:
        return "0s"
    text = ""
    for name, unit in zip(("y", "w", "d", "h", "m", "s", "ms"), _MILLISECONDS, strict=True):
        # years, weeks and days only where nothing is left over, as Prometheus does
        if name in ("y", "w", "d") and rest % unit:
            continue
        amount, rest = divmod(rest, unit)
        if amount:
            text += f"{amount}{name}"
    return text


def parse_size(value: Any) -> int:
    """Size ("10MB", "512KiB", 0; both spellings mean powers of 1024) to bytes; ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"not a valid size: {value!r}")
    found = _SIZE.fullmatch(str(value))
    if found is None or (found[2] is None and str(value) != "0" and not isinstance(value, int)):
        raise ValueError(f'not a valid size: "{str(value)[:64]}" (write it like 512KB or 10MB)')
    return int(float(found[1]) * 1024 ** _EXPONENTS.index((found[2] or "B")[0]))


PromDuration = Annotated[
    float, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str, when_used="json")
]
"""Seconds as float, written as a Prometheus duration."""

PromSize = Annotated[int, BeforeValidator(parse_size)]
"""Bytes; 0 is no limit."""
