"""Converters of time: formats read and written, durations, parts of a date."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from otel_agent.ottl.converters.zones import local_zone, zone_of
from otel_agent.ottl.values import Duration, EvaluationError, Time
from tests.unit.agent.ottl.converters.calling import call

MOMENT = Time(1_700_000_000_120_000_000)  # 2023-11-14T22:13:20.12Z


def parse(text, layout, *rest):
    return call("Time", text, layout, *rest).unix_nano


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("2023-11-14T22:13:20.12Z", "%Y-%m-%dT%H:%M:%S.%L%z"),
        ("2023-11-14T22:13:20,120000Z", "%Y-%m-%dT%H:%M:%S,%fZ"),
        ("2023-11-14T22:13:20.12+0000", "%Y-%m-%dT%H:%M:%S%z"),
        ("2023-11-15T03:43:20.12+05:30", "%Y-%m-%dT%H:%M:%S%z"),
        ("2023-11-14T20:13:20.12-02", "%FT%T%z"),
        ("Tue Nov 14 22:13:20.12 2023 UTC", "%a %b %e %H:%M:%S %Y %Z"),
        ("tuesday, 14 NOVEMBER 23 10:13:20.12 PM UTC", "%A, %d %B %y %I:%M:%S %p %Z"),
        ("11/14/23  22:13:20.12 +0000", "%D %T %z"),
    ],
)
def test_a_time_is_read_by_its_format(text, layout):
    assert parse(text, layout) == MOMENT.unix_nano


def test_numbers_may_lack_their_zeros_and_have_spaces_before_them():
    assert parse("2024-1- 2 3:4:5", "%Y-%m-%d %H:%M:%S", "UTC") == parse("2024-01-02 03:04:05", "%Y-%m-%d %H:%M:%S", "UTC")


def test_a_clock_without_an_offset_is_of_the_given_zone():
    assert parse("2024-07-01 12:00:00", "%Y-%m-%d %H:%M:%S", "Europe/Berlin") == parse(
        "2024-07-01 10:00:00 Z", "%Y-%m-%d %H:%M:%S %z"
    )


def test_an_abbreviation_is_of_the_given_zone_or_a_zone_of_the_database():
    layout = "%Y-%m-%d %H:%M:%S %Z"
    assert parse("2024-07-01 12:00:00 CEST", layout, "Europe/Berlin") == parse("2024-07-01 10:00:00 UTC", layout)
    assert parse("2024-01-01 12:00:00 EST", layout) == parse("2024-01-01 17:00:00 UTC", layout)
    with pytest.raises(EvaluationError, match="time zone"):
        parse("2024-01-01 12:00:00 PST", layout, "UTC")


def test_names_are_those_of_the_locale():
    assert parse("14 März 2024", "%d %B %Y", "UTC", "de") == parse("14 March 2024", "%d %B %Y", "UTC")


def test_a_time_without_a_year_is_not_far_ahead():
    found = call("Time", "Dec 31 23:00:00", "%b %d %H:%M:%S", "UTC")
    now = datetime.now(UTC)
    assert timedelta(days=-366) < found.clock() - now <= timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("", "%Y"),
        ("2023-02-29", "%Y-%m-%d"),
        ("2023-13-01", "%Y-%m-%d"),
        ("24:00", "%H:%M"),
        ("2023 x", "%Y"),
        ("24 16 213207", "%y%m%d %H%M%S"),
        ("x" * 5000, "%Y"),
    ],
)
def test_a_text_that_does_not_fit_its_format_is_an_error(text, layout):
    with pytest.raises(EvaluationError, match="Time"):
        call("Time", text, layout)


@pytest.mark.parametrize(
    ("layout", "rest", "mistake"),
    [
        ("", (), "empty"),
        ("2006", (), "digit"),
        ("%S%L", (), "fraction"),
        ("%Q", (), "directive"),
        ("%Y", ("Nowhere/City",), "time zone"),
        ("%Y", ("UTC", "xx-unknown"), "locale"),
    ],
)
def test_a_format_with_a_mistake_is_one_of_the_statement(layout, rest, mistake):
    with pytest.raises(ValueError, match=mistake):
        call("Time", "2024", layout, *rest)


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("%Y-%m-%dT%H:%M:%S.%L%z", "2023-11-14T22:13:20.12Z"),
        ("%a %A %b %B %e %y %I %l %p %P", "Tue Tuesday Nov November 14 23 10 10 PM pm"),
        ("%D %R %c%%", "11/14/2023 22:13 Tue Nov 14 22:13:20 2023%"),
        ("%j %k %i %w", "+00:00 +00:00:00 +00 +000000"),
    ],
)
def test_a_time_is_written_by_a_format(layout, text):
    assert call("FormatTime", MOMENT, layout) == text


def test_a_time_is_written_as_the_clock_of_its_zone_shows_it():
    india = Time(MOMENT.unix_nano, timezone(timedelta(hours=5, minutes=30)))
    assert call("FormatTime", india, "%F %T %z") == "2023-11-15 03:43:20 +0530"
    assert call("FormatTime", Time(MOMENT.unix_nano, zone_of("Europe/Berlin")), "%T %Z") == "23:13:20 CET"


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1h30m", 5_400_000_000_000),
        ("-1.5s", -1_500_000_000),
        ("0", 0),
        ("+2µs", 2_000),
        (".5ms", 500_000),
        ("1h1ns", 3_600_000_000_001),
    ],
)
def test_durations_are_read(text, nanoseconds):
    assert call("Duration", text) == Duration(nanoseconds)


@pytest.mark.parametrize("text", ["", "1", "s", "1d", "1h ", "-", "9223372037s", "1e3s", "1h" * 200])
def test_what_is_no_duration_is_an_error(text):
    with pytest.raises(EvaluationError, match="Duration"):
        call("Duration", text)


def test_parts_of_durations_are_cut_towards_zero():
    duration = Duration(-90_500_000_000)
    assert (call("Minutes", duration), call("Seconds", duration), call("Milliseconds", duration)) == (
        -1.5083333333333333,
        -90.5,
        -90500,
    )


def test_times_are_counted_from_1970_downwards():
    before = Time(-1)
    assert [call(name, before) for name in ("UnixSeconds", "UnixMilli", "UnixMicro", "UnixNano")] == [-1, -1, -1, -1]


def test_parts_of_a_date_are_those_of_its_zone():
    time = Time(MOMENT.unix_nano, timezone(timedelta(hours=2)))
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second", "Nanosecond", "Weekday")
    assert [call(name, time) for name in names] == [2023, 11, 15, 0, 13, 20, 120_000_000, 3]


def test_seconds_and_nanoseconds_make_a_time_of_the_machines_zone():
    made = call("Unix", 1, 1_500_000_000)
    assert (made.unix_nano, made.zone) == (2_500_000_000, local_zone())


def test_times_are_truncated_to_multiples_since_the_year_one():
    week = Duration(7 * 86_400 * 1_000_000_000)
    assert call("FormatTime", call("TruncateTime", MOMENT, week), "%F %A") == "2023-11-13 Monday"
    assert call("TruncateTime", MOMENT, Duration(0)) == MOMENT
