"""Converters of text: pieces, letters, pairs, formats."""

import pytest

from otel_agent.ottl.values import Duration, EvaluationError, Time
from tests.unit.agent.ottl.converters.calling import call


def test_nil_is_written_out_in_a_concatenation():
    assert call("Concat", ["a", None, "b"], "-") == "a-<nil>-b"


def test_a_concatenation_has_a_largest_size():
    with pytest.raises(EvaluationError, match="Concat"):
        call("Concat", ["x" * 9_000_000] * 2, "")


@pytest.mark.parametrize(
    ("text", "delimiter", "pieces"), [("a,b,", ",", ["a", "b", ""]), ("", ",", [""]), ("a日", "", ["a", "日"]), ("", "", [])]
)
def test_text_is_split_at_each_delimiter_or_into_characters(text, delimiter, pieces):
    assert call("Split", text, delimiter) == pieces


def test_a_substring_is_counted_in_bytes():
    assert call("Substring", "a日b", 1, 3) == "日"


@pytest.mark.parametrize(("start", "length", "expected"), [(0, 2, "a"), (2, 3, "b"), (1, 2, "")])
def test_a_safe_substring_leaves_out_characters_that_it_would_halve(start, length, expected):
    assert call("Substring", "a日b", start, length, True) == expected


@pytest.mark.parametrize(("start", "length"), [(-1, 1), (0, 0), (2, 3), (2**62, 2**62)])
def test_a_substring_outside_of_the_text_is_an_error(start, length):
    with pytest.raises(EvaluationError, match="Substring"):
        call("Substring", "abcd", start, length)


def test_trim_takes_a_set_of_characters_from_both_ends():
    assert (call("Trim", "  a "), call("Trim", "-=a=-", "-="), call("Trim", " a ", "")) == ("a", "a", " a ")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("ToSnakeCase", "JSONData", "json_data"),
        ("ToSnakeCase", "some2Name", "some_2_name"),
        ("ToSnakeCase", "a.b-c d", "a_b_c_d"),
        ("ToCamelCase", "some_name", "SomeName"),
        ("ToCamelCase", "HTTPServer2x", "Httpserver2X"),
        ("ToUpperCase", "straße", "STRAßE"),
        ("ToLowerCase", "É", "é"),
    ],
)
def test_words_are_found_as_the_go_collector_finds_them(name, text, expected):
    assert call(name, text) == expected


def test_an_unknown_case_is_a_mistake_of_the_statement():
    with pytest.raises(ValueError, match="lower, upper, snake, camel"):
        call("ConvertCase", "a", "kebab")


def test_pairs_keep_what_is_quoted_together():
    assert call("ParseKeyValue", "a=1 b=\"x y\" c='d=e'") == {"a": "1", "b": "x y", "c": "d=e"}


@pytest.mark.parametrize("text", ["", "a", 'a="x'])
def test_text_without_pairs_is_an_error(text):
    with pytest.raises(EvaluationError, match="ParseKeyValue"):
        call("ParseKeyValue", text)


def test_equal_delimiters_are_a_mistake_of_the_statement():
    with pytest.raises(ValueError, match="have to differ"):
        call("ParseKeyValue", "a=1", "=", "=")


def test_a_map_is_written_with_what_contains_a_delimiter_quoted():
    text = call("ToKeyValueString", {"b": 'x "y"', "a": [1, None]}, ":", ",", True)
    assert text == 'a:"[1,null]",b:x \\"y\\"'


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("%s took %5.1f ms (%d%%)", ["job", 12.25, 80], "job took  12.2 ms (80%)"),
        ("%d", ["x"], "%!d(string=x)"),
        ("%d %d", [1], "1 %!d(MISSING)"),
        ("%d", [1, None, 2.5], "1%!(EXTRA <nil>, float64=2.5)"),
        ("%[2]d %[1]d", [1, 2], "2 1"),
        ("%[5]d", [1], "%!d(BADINDEX)"),
        ("%*d|%-4d|%04d", [3, 1, 2, -3], "  1|2   |-003"),
        ("%x %X %#o %b %c %U %q", [255, 255, 8, 5, 65, 0x65E5, 10], "ff FF 010 101 A U+65E5 '\\n'"),
        ("%v %g %e %.3g", [1e21, 1e6, 12.5, 1234.5], "1e+21 1e+06 1.250000e+01 1.23e+03"),
        ("%q %x %.2s", ['a"b', "hi", "日本語"], '"a\\"b" 6869 日本'),
        ("%v %s %t", [b"\x01", b"ab", True], "[1] ab true"),
        ("%v", [Duration(5_400_000_000_000)], "1h30m0s"),
        ("%v", [Time(1_500_000_000)], "1970-01-01 00:00:01.5 +0000 UTC"),
        ("%", [], "%!(NOVERB)"),
    ],
)
def test_verbs_are_those_of_go(text, values, expected):
    assert call("Format", text, values) == expected


def test_a_formatted_text_has_a_largest_size():
    with pytest.raises(EvaluationError, match="Format"):
        call("Format", "%999999d%999999d", [1, 2])
