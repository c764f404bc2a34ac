"""Windows and intervals are read exactly or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from otel_operator.api.restart_policy import ASKS, INTERVAL, WINDOW, parse_windows, restart_policy


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instrumentation(**annotations: str) -> dict:
    return {
        "metadata": {
            "annotations": {{"asks": ASKS, "window": WINDOW, "interval": INTERVAL}[k]: v for k, v in annotations.items()}
        }
    }


FRIDAY = "2026-11-27"
SATURDAY = "2026-11-28"


@pytest.mark.parametrize(
    ("windows", "moment", "covered"),
    [
        ("22:00-04:00", f"{FRIDAY}T23:00", True),
        ("22:00-04:00", f"{FRIDAY}T03:59:59", True),
        ("22:00-04:00", f"{FRIDAY}T04:00", False),
        ("Mon-Fri 22:00-04:00", f"{SATURDAY}T03:00", True),
        ("Mon-Fri 22:00-04:00", f"{SATURDAY}T23:00", False),
        ("Sat,Sun 00:00-24:00", f"{SATURDAY}T12:00", True),
        ("Sat-Mon 01:00-02:00", f"{SATURDAY}T01:30", True),
        ("Sat-Mon 01:00-02:00", f"{FRIDAY}T01:30", False),
        ("mon 01:00-02:00; FRI 05:00-06:00", f"{FRIDAY}T05:00", True),
    ],
)
def test_window_covers_its_times_and_no_others(windows: str, moment: str, covered: bool) -> None:
    assert any(window.covers(at(moment)) for window in parse_windows(windows)) is covered


@pytest.mark.parametrize(
    "text",
    [
        "at night",
        "25:00-26:00",
        "22:00",
        "Foo 01:00-02:00",
        "Mon- 01:00-02:00",
        "02:00-02:00",
        "24:00-01:00",
        "1:00-2:00",
        "01:60-02:00",
    ],
)
def test_window_that_is_not_understood_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=WINDOW):
        restart_policy(instrumentation(asks="true", window=text))


@pytest.mark.parametrize("text", ["x", "0s", "5", "1000h", "5m1h"])
def test_interval_that_is_not_understood_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=INTERVAL):
        restart_policy(instrumentation(asks="true", interval=text))


def test_nothing_is_restarted_unless_asked_for() -> None:
    assert restart_policy({"metadata": {}}) is None
    assert restart_policy(instrumentation(asks="false", window="nonsense")) is None


def test_asking_alone_allows_any_time_a_minute_apart() -> None:
    policy = restart_policy(instrumentation(asks="True"))
    assert policy is not None
    assert policy.open_at(at(f"{FRIDAY}T12:00"))
    assert policy.interval == timedelta(minutes=1)


def test_interval_is_a_duration() -> None:
    policy = restart_policy(instrumentation(asks="true", interval="1h30m"))
    assert policy is not None
    assert policy.interval == timedelta(minutes=90)
