"""Converters that read text: JSON, CSV, patterns, grok, addresses, severities, encodings, numbers."""

import pytest

from otel_agent.ottl.values import EvaluationError
from tests.unit.agent.ottl.converters.calling import call


def test_numbers_of_json_are_doubles_and_the_last_of_equal_keys_wins():
    found = call("ParseJSON", '{"a": 1, "b": [true, null, "\\ud800"], "a": 2}')
    assert found == {"a": 2.0, "b": [True, None, "\ufffd"]}
    assert type(found["a"]) is float


@pytest.mark.parametrize("text", ["", "1", '"a"', "null", "{", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000])
def test_what_is_no_object_or_array_is_an_error(text):
    with pytest.raises(EvaluationError, match="ParseJSON"):
        call("ParseJSON", text)


@pytest.mark.parametrize(
    ("row", "mode", "fields"),
    [
        ('1,"a ""b"", c",x', "strict", ["1", 'a "b", c', "x"]),
        ('1,"two\nlines",x', "strict", ["1", "two\nlines", "x"]),
        ("1,two\nlines,x", "strict", ["1", "two\nlines", "x"]),
        ('1,a"b,"c"d"', "lazyQuotes", ["1", 'a"b', 'c"d']),
        ('1,"a,"b"', "ignoreQuotes", ["1", '"a', '"b"']),
    ],
)
def test_a_row_is_cut_as_its_mode_says(row, mode, fields):
    assert call("ParseCSV", row, "a,b,c", mode=mode) == dict(zip("abc", fields, strict=True))


@pytest.mark.parametrize(("row", "header"), [("1,2", "a,b,c"), ("1", ""), ('"1', "a"), ("", "a")])
def test_a_row_that_does_not_fit_its_header_is_an_error(row, header):
    with pytest.raises(EvaluationError, match="ParseCSV"):
        call("ParseCSV", row, header)


def test_named_groups_become_keys_and_of_equal_names_the_last_wins():
    assert call("ExtractPatterns", "ab 12", r"(?P<k>\w+) (?P<k>\d+)(?P<rest>x)?") == {"k": "12", "rest": ""}
    assert call("ExtractPatterns", "ab", r"(?P<n>\d+)") == {}


@pytest.mark.parametrize("pattern", ["(", "a+", "(?=a)"])
def test_an_expression_without_named_groups_is_a_mistake_of_the_statement(pattern):
    with pytest.raises(ValueError, match=r"group|pattern"):
        call("ExtractPatterns", "a", pattern)


def test_grok_reads_an_access_log_with_types():
    line = '1.2.3.4 - bob [10/Oct/2000:13:55:36 -0700] "GET /a?b=c HTTP/1.1" 200 2326'
    assert call("ExtractGrokPatterns", line, "%{COMMONAPACHELOG}", True) == {
        "source.address": "1.2.3.4",
        "user.name": "bob",
        "timestamp": "10/Oct/2000:13:55:36 -0700",
        "http.request.method": "GET",
        "url.original": "/a?b=c",
        "http.version": "1.1",
        "http.response.status_code": 200,
        "http.response.body.size": 2326,
    }


def test_grok_takes_the_definitions_of_the_statement():
    found = call("ExtractGrokPatterns", "o-7 true", "%{ORDER:order} %{BOOL:ok:bool}", True, ["ORDER=o-%{INT:n:int}"])
    assert found == {"order": "o-7", "n": 7, "ok": True}


@pytest.mark.parametrize(
    ("pattern", "definitions"),
    [("%{NOSUCH}", []), ("%{A}", ["A=x%{A}"]), ("%{A}", ["A=%{B}%{B}", "B=%{A}%{A}"]), ("x", ["no equals"])],
)
def test_grok_patterns_that_are_unknown_or_endless_are_mistakes_of_the_statement(pattern, definitions):
    with pytest.raises(ValueError, match="pattern"):
        call("ExtractGrokPatterns", "x", pattern, False, definitions)


def test_the_parts_of_an_address_have_the_names_of_the_conventions():
    assert call("URL", "http://u:p%40@Example.com:8080/a%20b.txt?q=1#f") == {
        "url.original": "http://u:p%40@Example.com:8080/a%20b.txt?q=1#f",
        "url.domain": "Example.com",
        "url.scheme": "http",
        "url.path": "/a b.txt",
        "url.port": 8080,
        "url.user_info": "u:p%40",
        "url.username": "u",
        "url.password": "p@",
        "url.fragment": "f",
        "url.query": "q=1",
        "url.extension": "txt",
    }


def test_a_query_alone_becomes_lists_by_name():
    assert call("URL", "?a=1&b=%20x&a=2") == {"query": {"a": ["1", "2"], "b": [" x"]}}


@pytest.mark.parametrize(
    "text", ["", "http://[::1", "http://a b/", "http://h:x/", "/%zz", ":x", "a:b\n", "http://[1.2.3.4]/", "?a;b"]
)
def test_what_is_no_address_is_an_error(text):
    with pytest.raises(EvaluationError, match="URL"):
        call("URL", text)


def test_a_browser_and_its_system_are_found():
    header = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0"
    found = call("UserAgent", header)
    assert (found["user_agent.name"], found["user_agent.version"], found["os.name"]) == ("Firefox", "121.0", "Windows")
    assert call("UserAgent", "nonsense") == {
        "user_agent.name": "Other",
        "user_agent.version": "",
        "user_agent.original": "nonsense",
        "os.name": "Other",
    }


def test_an_address_is_looked_for_in_networks_of_both_families():
    networks = ["10.0.0.0/8", "2001:db8::/32"]
    assert [call("IsInCIDR", text, networks) for text in ("10.1.2.3", "2001:DB8::1", "11.0.0.1", "x", "::ffff:10.0.0.1")] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_a_network_that_is_none_is_a_mistake_of_the_statement():
    with pytest.raises(ValueError, match=r"write 10\.0\.0\.0/8"):
        call("IsInCIDR", "10.0.0.1", ["10.0.0.0"])


def test_a_flow_has_the_same_community_id_in_both_directions():
    # A flow of the Community ID specification's baseline.
    expected = "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
    assert call("CommunityID", "128.232.110.120", 34855, "66.35.250.204", 80) == expected
    assert call("CommunityID", "66.35.250.204", 80, "128.232.110.120", 34855) == expected
    assert call("CommunityID", "66.35.250.204", 80, "128.232.110.120", 34855, seed=1) != expected


@pytest.mark.parametrize(
    "arguments", [("x", 1, "10.0.0.1", 1), ("10.0.0.1", 70_000, "10.0.0.1", 1), ("10.0.0.1", 1, "10.0.0.1", 1, "X")]
)
def test_a_flow_that_is_none_is_an_error(arguments):
    with pytest.raises(EvaluationError, match="CommunityID"):
        call("CommunityID", *arguments)


def test_levels_are_found_by_text_and_by_range():
    mapping = {"error": [{"equals": ["err"]}, {"range": "5xx"}], "warn": [{"range": {"min": 3, "max": 4}}]}
    assert [call("ParseSeverity", level, mapping) for level in ("err", 503, 4)] == ["error", "error", "warn"]
    with pytest.raises(EvaluationError, match="no level fits"):
        call("ParseSeverity", "info", mapping)


@pytest.mark.parametrize(
    "mapping", [{"a": 1}, {"a": [1]}, {"a": [{"range": "6xx"}]}, {"a": [{"equals": [1]}]}, {"a": [{"range": {}}]}]
)
def test_a_mapping_of_levels_with_a_mistake_is_an_error_of_the_evaluation(mapping):
    with pytest.raises(EvaluationError, match="ParseSeverity"):
        call("ParseSeverity", "x", mapping)


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("aMOp", "base64", "hé"),
        ("aGk", "base64-raw", "hi"),
        ("_-8=", "base64-url", b"\xff\xef".decode(errors="replace")),
        (b"\xe9", "ISO-8859-1", "é"),
        (b"\x93\xfa\x96\x7b", "shift_jis", "日本"),
        (b"h\x00i\x00", "utf-16", "hi"),
        (b"\xff", "utf-8", "\ufffd"),
    ],
)
def test_bytes_are_decoded(data, encoding, text):
    assert call("Decode", data, encoding) == text


@pytest.mark.parametrize(
    ("data", "encoding"), [("a", "base64"), ("aGk=", "base64-raw"), ("a+/=", "base64-url"), ("!!!!", "base64"), (5, "utf8")]
)
def test_what_is_not_in_the_encoding_is_an_error(data, encoding):
    with pytest.raises(EvaluationError, match="Decode"):
        call("Decode", data, encoding)


def test_an_unknown_encoding_is_a_mistake_of_the_statement():
    with pytest.raises(ValueError, match="unknown encoding 'zip'"):
        call("Decode", "a", "zip")


@pytest.mark.parametrize(
    ("text", "base", "number"),
    [
        ("ff", 16, 255),
        ("-0x1F", 0, -31),
        ("017", 0, 15),
        ("1_000", 0, 1000),
        ("+zz", 36, 1295),
        ("-9223372036854775808", 10, -(2**63)),
    ],
)
def test_numbers_are_read_in_their_base(text, base, number):
    assert call("ParseInt", text, base) == number


@pytest.mark.parametrize(
    ("text", "base"),
    [("", 10), ("0x1F", 16), ("8", 8), ("1", 1), ("1", 37), ("1__0", 0), ("9223372036854775808", 10), ("9" * 9000, 10)],
)
def test_what_is_no_number_of_the_base_is_an_error(text, base):
    with pytest.raises(EvaluationError, match="ParseInt"):
        call("ParseInt", text, base)
