"""Go durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.config.scalars import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("200ms", 0.2),
        ("1h2m3.5s", 3723.5),
        ("-1.5h", -5400),
        ("0", 0),
        ("+3s", 3),
        (".5s", 0.5),
        ("1.s", 1),
        ("10µs", 1e-5),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


def test_bare_integer_is_nanoseconds():
    assert parse_duration(2_000_000_000) == 2.0


@pytest.mark.parametrize(
    "value", ["", "5", "s", "5 s", "5S", "1d", "1s2", "٣s", "9" * 100 + "s", 1.5, True, None, [], "300000000h"]
)
def test_refused(value):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (5, "5s"),
        (0.2, "200ms"),
        (300, "5m0s"),
        (3723.5, "1h2m3.5s"),
        (-5400, "-1h30m0s"),
        (1e-5, "10µs"),
        (5e-9, "5ns"),
        (1.5e-3, "1.5ms"),
    ],
)
def test_written_as_go_writes_them(seconds, text):
    assert format_duration(seconds) == text


@given(st.integers(-(10**15), 10**15))
def test_written_durations_read_back(nanoseconds):
    seconds = parse_duration(nanoseconds)
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, abs=1e-9)
