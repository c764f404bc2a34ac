"""When workloads may be restarted so that their pods get today's injection: annotations of an Instrumentation. Pure.

They are annotations and no fields, so that `spec` stays what the Go operator knows:

- `operator.opentelemetry.io/restart-outdated`: "true" asks for it.
- `operator.opentelemetry.io/restart-outdated-window`: maintenance windows in UTC, several by `;`, each `[DAYS] HH:MM-HH:MM`, as
  in `Mon-Fri 22:00-04:00; Sat,Sun 00:00-24:00`. One that ends before it begins ends on the next day. Without it: at any time.
- `operator.opentelemetry.io/restart-outdated-interval`: least time between the beginnings of two restarts, as in `5m`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from otel_operator.json_types import JsonObject

ASKS = "operator.opentelemetry.io/restart-outdated"
WINDOW = "operator.opentelemetry.io/restart-outdated-window"
INTERVAL = "operator.opentelemetry.io/restart-outdated-interval"
DEFAULT_INTERVAL = timedelta(minutes=1)
_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(days=7)
_MOST_WINDOWS = 50
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_TIMES = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


class RestartPolicyError(ValueError):
    """An annotation that cannot be read; the message names it and the remedy."""

    def __init__(self, annotation: str, problem: str) -> None:
        super().__init__(f"metadata.annotations[{annotation}]: {problem}")
        self.path = ("metadata", "annotations", annotation)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time that comes again on some days of the week."""

    days: frozenset[int]
    """On which it begins; Monday is 0."""
    begin: timedelta
    """Since midnight UTC."""
    length: timedelta

    def covers(self, moment: datetime) -> bool:
        """Tell whether `moment` (UTC) lies in it; it may have begun the day before."""
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return any(
            day.weekday() in self.days and timedelta(0) <= moment - (day + self.begin) < self.length
            for day in (midnight, midnight - _DAY)
        )


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """What one Instrumentation allows."""

    windows: tuple[Window, ...] = ()
    """Empty: any time."""
    interval: timedelta = DEFAULT_INTERVAL

    def open_at(self, moment: datetime) -> bool:
        """Tell whether restarts may begin at `moment` (UTC)."""
        return not self.windows or any(window.covers(moment) for window in self.windows)


def restart_policy(obj: JsonObject) -> RestartPolicy | None:
    """Read the annotations of an Instrumentation; None when it does not ask for restarts.

    Raises:
        RestartPolicyError: for a window or interval that cannot be read; the message names the annotation and the remedy.
        Nothing is restarted then: a window that was misread would restart people's services at noon.

    """
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    if str(annotations.get(ASKS, "")).lower() != "true":
        return None
    windows = parse_windows(str(annotations.get(WINDOW, "")))
    given = str(annotations.get(INTERVAL, ""))
    return RestartPolicy(windows, _interval(given) if given else DEFAULT_INTERVAL)


def parse_windows(text: str) -> tuple[Window, ...]:
    """Read windows joined by `;`. Raises RestartPolicyError."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if len(parts) > _MOST_WINDOWS:
        raise RestartPolicyError(WINDOW, f"{len(parts)} windows; give at most {_MOST_WINDOWS}")
    return tuple(map(_window, parts))


def _window(text: str) -> Window:
    days, _, times = text.rpartition(" ")
    match = _TIMES.fullmatch(times)
    if match is None:
        raise RestartPolicyError(WINDOW, f"{text!r}: want HH:MM-HH:MM, with days before it as in Mon-Fri")
    hours_and_minutes = list(map(int, match.groups()))
    begin, end = (_time_of_day(text, *hours_and_minutes[index : index + 2]) for index in (0, 2))
    if begin in (end, _DAY):
        raise RestartPolicyError(WINDOW, f"{text!r} is empty; for whole days write 00:00-24:00")
    return Window(
        _days(text, days.split(",") if days else ["mon-sun"]), begin, end - begin if end > begin else end + _DAY - begin
    )


def _time_of_day(text: str, hour: int, minute: int) -> timedelta:
    moment = timedelta(hours=hour, minutes=minute)
    if minute > 59 or moment > _DAY:
        raise RestartPolicyError(WINDOW, f"{text!r}: {hour:02d}:{minute:02d} is no time of day")
    return moment


def _days(text: str, parts: Iterable[str]) -> frozenset[int]:
    days: set[int] = set()
    for part in parts:
        first, dash, last = part.strip().lower().partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            raise RestartPolicyError(WINDOW, f"{text!r}: {part.strip()!r} is no day; want Mon, Tue, ... or Mon-Fri")
        begin, end = _DAYS.index(first), _DAYS.index(last) if dash else _DAYS.index(first)
        days.update(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
    return frozenset(days)


def _interval(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    interval = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not _SHORTEST <= interval <= _LONGEST:
        raise RestartPolicyError(INTERVAL, f"{text!r}: want a duration from 1s to 168h, such as 90s, 5m or 1h30m")
    return interval
