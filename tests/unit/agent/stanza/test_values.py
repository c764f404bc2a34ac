"""Fields, sizes, severities and times."""

from datetime import UTC, datetime
from typing import Any

import pytest

from otel_agent.stanza.entry import Entry, EntryError
from otel_agent.stanza.fields import MISSING, parse_field, parse_nested_field
from otel_agent.stanza.severities import TEXTS, build_mapping, find
from otel_agent.stanza.sizes import parse_size
from otel_agent.stanza.times import make_reader

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "root", "keys"),
    [
        ("body", "body", ()),
        ("body.a.b", "body", ("a", "b")),
        ('attributes["a.b"].c', "attributes", ("a.b", "c")),
        ("resource['x']", "resource", ("x",)),
        ("body[key]", "body", ("key",)),
        (r'attributes["a\"b"]', "attributes", ('a"b',)),
    ],
)
def test_a_field_is_read(text: str, root: str, keys: tuple[str, ...]) -> None:
    field = parse_field(text)
    assert (field.root, field.keys, str(field)) == (root, keys, text)


@pytest.mark.parametrize("text", ["x", "", "bodyx", "attributes[", "body..a", 'attributes["a', "body.a]", 5])
def test_what_is_no_field_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match=r"field|expected"):
        parse_field(text)


def test_whole_roots_are_refused_where_a_key_is_needed() -> None:
    with pytest.raises(ValueError, match=r"name one of its keys, such as attributes\.key"):
        parse_nested_field("attributes")


def test_setting_a_resource_field_leaves_other_entries_alone() -> None:
    shared = {"a": {"b": 1}}
    one, other = Entry("", {}, 1, shared), Entry("", {}, 1, shared)
    parse_field("resource.a.b").set(one, 2)
    assert (one.resource, other.resource) == ({"a": {"b": 2}}, {"a": {"b": 1}})


def test_a_map_is_merged_into_attributes() -> None:
    entry = Entry("", {"a": {"x": 1}, "k": 0}, 1)
    parse_field("attributes").set(entry, {"k": 1})
    parse_field("attributes.a").set(entry, {"y": 2})
    assert entry.attributes == {"a": {"x": 1, "y": 2}, "k": 1}
    assert parse_field("attributes.a.x").delete(entry) == 1
    assert parse_field("attributes.a.x").get(entry) is MISSING
    with pytest.raises(EntryError):
        parse_field("attributes").set(entry, "text")


@pytest.mark.parametrize(
    ("text", "size"), [("1kb", 1000), ("1KiB", 1024), ("2 MiB", 2 * 1024**2), ("1.5k", 1500), (16, 16), ("7", 7)]
)
def test_sizes_have_units(text: Any, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["1 parsec", "-1", "", None, True, "1e99kb", [1]])
def test_what_is_no_size_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="invalid size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("INFO", 9),
        ("warning", 13),
        ("Err", 17),
        ("fatal4", 24),
        ("21", 21),
        (17, 17),
        ("zero", 1),
        (204, 9),
        ("7", 8),
        (150, 4),
        ("odd", 0),
    ],
)
def test_severities_are_found_by_preset_and_mapping(value: Any, number: int) -> None:
    mapping = build_mapping(
        "default", {"trace": "zero", "info": "2xx", "debug4": ["seven", 7], "trace4": {"min": 100, "max": 199}}
    )
    assert find(mapping, value) == (number, str(value))


def test_preset_none_knows_nothing_and_no_severity_is_refused() -> None:
    assert find(build_mapping("none", {}), "info") == (0, "info")
    with pytest.raises(ValueError, match='"loud" is no severity'):
        build_mapping("default", {"loud": "x"})
    assert (TEXTS[0], TEXTS[9], TEXTS[14]) == ("DEFAULT", "INFO", "WARN2")


def nanoseconds(*parts: int, extra: int = 0) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000_000 + extra  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("kind", "layout", "text", "expected"),
    [
        ("strptime", "%Y-%m-%d %H:%M:%S", "2026-01-02 03:04:05", nanoseconds(2026, 1, 2, 3, 4, 5)),
        ("strptime", "%Y-%m-%d %H:%M:%S", "2026-01-02 03:04:05.25", nanoseconds(2026, 1, 2, 3, 4, 5, extra=250_000_000)),
        ("strptime", "%Y-%m-%dT%H:%M:%S.%LZ", "2026-01-02T03:04:05.678Z", nanoseconds(2026, 1, 2, 3, 4, 5, extra=678_000_000)),
        ("strptime", "%Y-%m-%dT%H:%M:%S,%f", "2026-01-02T03:04:05,678901", nanoseconds(2026, 1, 2, 3, 4, 5, extra=678_901_000)),
        ("strptime", "%d/%b/%Y:%T %j", "02/Jan/2026:03:04:05 +02:00", nanoseconds(2026, 1, 2, 1, 4, 5)),
        ("strptime", "%d/%b/%Y:%H:%M:%S %z", "02/Jan/2026:03:04:05 -0130", nanoseconds(2026, 1, 2, 4, 34, 5)),
        ("strptime", "%y%m%d %I:%M %p", "260102 12:30 PM", nanoseconds(2026, 1, 2, 12, 30)),
        ("strptime", "%b %e %T", "Mar  9 01:02:03", nanoseconds(2026, 3, 9, 1, 2, 3)),
        ("strptime", "%b %e %T", "Dec 31 01:02:03", nanoseconds(2025, 12, 31, 1, 2, 3)),
        ("strptime", "%a %b %d %H:%M:%S %Z %Y", "Fri Jan 02 03:04:05 UTC 2026", nanoseconds(2026, 1, 2, 3, 4, 5)),
        (
            "gotime",
            "2006-01-02T15:04:05.999999999Z07:00",
            "2026-01-02T03:04:05.000000001+01:00",
            nanoseconds(2026, 1, 2, 2, 4, 5, extra=1),
        ),
        ("gotime", "Jan _2 15:04:05 2006", "Jan  2 03:04:05 2026", nanoseconds(2026, 1, 2, 3, 4, 5)),
        ("gotime", "2006-01-02 15:04:05 MST", "2026-07-02 03:04:05 Europe/Berlin", nanoseconds(2026, 7, 2, 1, 4, 5)),
        ("gotime", "2006-002", "2026-032", nanoseconds(2026, 2, 1)),
        ("epoch", "s", "1136214245", 1_136_214_245_000_000_000),
        ("epoch", "ms", 1136214245123, 1_136_214_245_123_000_000),
        ("epoch", "us", 1136214245123456.0, 1_136_214_245_123_456_000),
        ("epoch", "s.ms", "1136214245.123", 1_136_214_245_123_000_000),
        ("epoch", "s.ns", "1136214245.000000007", 1_136_214_245_000_000_007),
        ("epoch", "s.us", 5, 5_000_000_000),
    ],
)
def test_a_time_is_read(kind: str, layout: str, text: Any, expected: int) -> None:
    read = make_reader(kind, layout, "UTC", lambda: NOW)
    assert read(text) == expected
    assert read(text) == expected


def test_a_location_tells_the_offset_also_across_a_change_of_the_clock() -> None:
    read = make_reader("strptime", "%Y-%m-%d %H:%M", "Europe/Berlin")
    assert read("2026-01-02 03:00") == nanoseconds(2026, 1, 2, 2)
    assert read("2026-07-02 03:00") == nanoseconds(2026, 7, 2, 1)


@pytest.mark.parametrize("text", ["2026-13-02", "2026-02-30", "x2026-01-02", "2026-01-02 ", "1969-12-31", "", 5, None])
def test_what_does_not_fit_is_the_entrys_fault(text: Any) -> None:
    with pytest.raises(EntryError):
        make_reader("strptime", "%Y-%m-%d", "UTC")(text)


@pytest.mark.parametrize(
    ("kind", "layout", "location"),
    [("strptime", "%Q", ""), ("epoch", "h", ""), ("strptime", "", ""), ("gotime", "2006", "Mars/Base")],
)
def test_layouts_and_locations_that_are_none_are_refused(kind: str, layout: str, location: str) -> None:
    with pytest.raises(ValueError, match=r"layout|zone"):
        make_reader(kind, layout, location)


def test_times_of_one_minute_are_read_as_each_for_itself() -> None:
    texts = [
        f"2026-01-02T03:04:{second}{zone}"
        for zone in ("Z", "+01:00")
        for second in ("00", "59", "60", "5", "1x", "07.5", "07,25", "07.123456789", "07.1234567890", "07.", "07.x", "07.\uff11")
    ]

    def outcome(read: Any, text: str) -> int | str:
        try:
            return int(read(text))
        except EntryError:
            return "refused"

    layout = "2006-01-02T15:04:05Z07:00"
    kept = make_reader("gotime", layout, "UTC")
    for text in texts * 2:
        assert outcome(kept, text) == outcome(make_reader("gotime", layout, "UTC"), text), text
