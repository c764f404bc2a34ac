"""Converters of values: questions, conversions, hashes, identifiers, maps and lists."""

import uuid

import pytest

from otel_agent.ottl.values import EvaluationError, Messages
from tests.unit.agent.ottl.converters.calling import CONVERTERS, call


def test_no_two_converters_have_one_name():
    from otel_agent.ottl.converters import FUNCTIONS

    assert len(CONVERTERS) == len(FUNCTIONS)


def test_parameters_with_a_default_come_last():
    for function in CONVERTERS.values():
        optional = [parameter.optional for parameter in function.parameters]
        assert optional == sorted(optional), function.name


@pytest.mark.parametrize(
    ("name", "value"), [("IsString", "a"), ("IsInt", 1), ("IsDouble", 1.0), ("IsBool", True), ("IsMap", {}), ("IsList", [])]
)
def test_a_value_is_of_one_type_only(name, value):
    names = ("IsString", "IsInt", "IsDouble", "IsBool", "IsMap", "IsList")
    assert [other for other in names if call(other, value)] == [name]


def test_events_and_points_are_lists_that_can_be_counted():
    events = Messages("Event", (object(), object()))
    assert (call("IsList", events), call("Len", events)) == (True, 2)


def test_nil_matches_no_pattern():
    assert (call("IsMatch", None, ".*"), call("IsMatch", "abc", "b")) == (False, True)


def test_check_digits_are_tested():
    assert [call("IsValidLuhn", number) for number in ("4111 1111 1111 1111", "17893729975", "")] == [True, False, False]
    with pytest.raises(EvaluationError, match="IsValidLuhn"):
        call("IsValidLuhn", "12x")


def test_bytes_become_hex_and_nil_becomes_nothing():
    assert (call("Hex", b"\x01\xff"), call("Hex", None)) == ("01ff", "")


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("MD5", "5d41402abc4b2a76b9719d911017c592"),
        ("SHA1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
        ("SHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
        ("FNV", -6615550055289275125),
        ("Murmur3Hash", "47fa8b24"),
        ("Murmur3Hash128", "029bbd41b3a7d8cb191dae486a901e5b"),
        ("XXH3", "9555e8555c62dcfd"),
        ("XXH128", "b5e9c1ad071b3e7fc779cfaa5e523818"),
    ],
)
def test_digests_are_those_of_their_algorithms(name, digest):
    assert call(name, "hello") == digest


def test_identifiers_are_read_from_bytes_and_from_hex():
    assert call("TraceID", b"\x01" * 16) == call("TraceID", b"01" * 16) == b"\x01" * 16
    assert call("SpanID", b"0A" * 8) == b"\x0a" * 8


@pytest.mark.parametrize("data", [b"", None, b"\x01" * 7, b"zz" * 8])
def test_an_identifier_of_the_wrong_size_or_without_hex_is_an_error(data):
    with pytest.raises(ValueError, match="SpanID"):
        call("SpanID", data)


def test_made_identifiers_have_their_version():
    assert uuid.UUID(call("UUID")).version == 4
    made = uuid.UUID(call("UUIDv7"))
    assert (made.int >> 76 & 0xF, made.variant) == (7, uuid.RFC_4122)


def test_text_is_counted_in_bytes():
    assert [call("Len", value) for value in ("日", [1, 2], {"a": 1})] == [3, 2, 1]
    with pytest.raises(EvaluationError, match="Len"):
        call("Len", 5)


def test_a_place_in_text_is_counted_in_bytes_and_in_a_list_in_members():
    assert (call("Index", "a日b", "b"), call("Index", [1, "b"], "b"), call("Index", [1], 2)) == (4, 1, -1)
    with pytest.raises(EvaluationError, match="Index"):
        call("Index", "abc", 1)


def test_numbers_of_both_types_are_found_in_lists():
    assert (call("ContainsValue", [1, "a"], 1.0), call("ContainsValue", [1], "1")) == (True, False)


def test_the_first_value_that_is_not_nil_is_taken():
    assert (call("Coalesce", [None, 0, 1]), call("Coalesce", [None])) == (0, None)
    with pytest.raises(ValueError, match="at least one"):
        call("Coalesce", [])


@pytest.mark.parametrize(
    ("value", "order", "expected"),
    [
        ([3, 1, 2], "asc", [1, 2, 3]),
        ([3, 1.5, 2], "desc", [3, 2, 1.5]),
        ([10, "9", True], "asc", [10, "9", True]),
        ([{"a": 1}, 1], "asc", [{"a": 1}, 1]),
        ([], "asc", []),
    ],
)
def test_lists_are_sorted_by_number_or_by_text(value, order, expected):
    assert call("Sort", value, order) == expected


def test_sorting_leaves_its_argument_as_it_is():
    value = [2, 1]
    call("Sort", value)
    assert value == [2, 1]


def test_lists_become_maps_by_what_their_members_hold():
    members = [{"name": "x", "at": {"v": 1}}, {"name": "y", "at": {"v": 2}}]
    assert call("SliceToMap", members, ["name"], ["at", "v"]) == {"x": 1, "y": 2}
    assert call("SliceToMap", ["a"]) == {"0": "a"}


@pytest.mark.parametrize(
    ("members", "path"), [(["a"], ["name"]), ([{"name": 1}], ["name"]), ([{}], ["name"]), ([{"name": "x"}], [])]
)
def test_a_member_without_its_key_is_an_error(members, path):
    with pytest.raises(EvaluationError, match="SliceToMap"):
        call("SliceToMap", members, path)


@pytest.mark.parametrize("value", [None, 0.0, -1.0])
def test_a_logarithm_needs_more_than_zero(value):
    with pytest.raises(EvaluationError, match="Log"):
        call("Log", value)
