import re
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.stanza.entry import Entry

REGEX = r"^(?P<level>\w+) (?P<text>.*)$"


def test_json_numbers_are_doubles_unless_asked_otherwise(operators: Any) -> None:
    text = '{"i": 1, "f": 1.5, "deep": {"n": [1, {"m": 2}]}, "no": null}'
    plain = operators.one(text, {"type": "json_parser"})
    assert plain.attributes == {"i": 1.0, "f": 1.5, "deep": {"n": [1.0, {"m": 2.0}]}, "no": None}
    assert type(plain.attributes["i"]) is type(plain.attributes["deep"]["n"][1]["m"]) is float
    assert type(operators.one(text, {"type": "json_parser", "parse_ints": True}).attributes["i"]) is int
    assert plain.body == text


def test_a_parser_has_source_target_and_body(operators: Any) -> None:
    entry = Entry("b", {"raw": '{"message": "m", "k": "v"}'}, 1)
    parser = {"type": "json_parser", "parse_from": "attributes.raw", "parse_to": "body", "body": "body.message"}
    assert operators.one(entry, parser).body == "m"


def test_what_is_embedded_in_a_parser_is_read_from_the_result(operators: Any) -> None:
    text = '{{"t": "2026-01-02 03:04:05", "l": "warn", "id": "{}", "span": "{}", "flags": "01", "s": "lib"}}'.format(
        "ab" * 16,
        "cd" * 8,
    )
    entry = operators.one(
        text,
        {
            "type": "json_parser",
            "timestamp": {"parse_from": "attributes.t", "layout": "%Y-%m-%d %H:%M:%S", "location": "UTC"},
            "severity": {"parse_from": "attributes.l", "overwrite_text": True},
            "trace": {
                "trace_id": {"parse_from": "attributes.id"},
                "span_id": {"parse_from": "attributes.span"},
                "trace_flags": {"parse_from": "attributes.flags"},
            },
            "scope_name": {"parse_from": "attributes.s"},
        },
    )
    assert entry.timestamp == 1_767_323_045_000_000_000
    assert (entry.severity, entry.severity_text, entry.scope_name) == (13, "WARN", "lib")
    assert (entry.trace_id, entry.span_id, entry.trace_flags) == (b"\xab" * 16, b"\xcd" * 8, 1)


def test_an_embedded_part_that_fails_does_not_keep_the_others_from_working(operators: Any) -> None:
    entry = operators.one(
        '{"t": "never", "l": "info"}',
        {
            "type": "json_parser",
            "timestamp": {"parse_from": "attributes.t", "layout": "%Y"},
            "severity": {"parse_from": "attributes.l"},
        },
    )
    assert (entry.severity, entry.timestamp, operators.failed()) == (9, 0, 1)


@pytest.mark.parametrize(
    ("operator", "text", "expected"),
    [
        ({"type": "regex_parser", "regex": REGEX}, "INFO all well", {"level": "INFO", "text": "all well"}),
        ({"type": "regex_parser", "regex": r"(?P<a>x)?(?P<b>y)(z)"}, "..yz", {"a": "", "b": "y"}),
        ({"type": "regex_parser", "regex": REGEX, "cache": {"size": 2}}, "A b", {"level": "A", "text": "b"}),
        ({"type": "regex_parser", "regex": r"(?P<ä>é+)"}, "aéé", {"ä": "éé"}),
        ({"type": "csv_parser", "header": "a,b,c"}, '1,"x, ""y""",', {"a": "1", "b": 'x, "y"', "c": ""}),
        ({"type": "csv_parser", "header": "a;b", "header_delimiter": ";", "delimiter": "\t"}, "1\t2", {"a": "1", "b": "2"}),
        ({"type": "csv_parser", "header": "a,b", "ignore_quotes": True}, '"x,y"', {"a": '"x', "b": 'y"'}),
        ({"type": "csv_parser", "header": "a,b", "lazy_quotes": True}, 'x"y,"a"b"', {"a": 'x"y', "b": 'a"b'}),
        ({"type": "key_value_parser"}, "a=1  b=\"x y\" c='z='", {"a": "1", "b": "x y", "c": "z="}),
        ({"type": "key_value_parser", "delimiter": ":", "pair_delimiter": ","}, "a:1, b: 2", {"a": "1", "b": "2"}),
        (
            {"type": "uri_parser"},
            "https://user:pw@example.com:8080/a/b?x=1&x=2&y=",
            {
                "scheme": "https",
                "user": "user",
                "host": "example.com",
                "port": "8080",
                "path": "/a/b",
                "query": {"x": ["1", "2"], "y": [""]},
            },
        ),
        ({"type": "uri_parser"}, "?q=1", {"query": {"q": ["1"]}}),
        ({"type": "uri_parser"}, "/only/path", {"path": "/only/path"}),
        ({"type": "json_array_parser", "header": "a,b"}, '[1, "x"]', {"a": 1, "b": "x"}),
    ],
)
def test_a_text_is_parsed(operators: Any, operator: dict[str, Any], text: str, expected: dict[str, Any]) -> None:
    assert operators.one(text, operator).attributes == expected
    assert operators.failed() == 0


@pytest.mark.parametrize(
    ("operator", "body"),
    [
        ({"type": "json_parser"}, "{"),
        ({"type": "json_parser"}, "[1]"),
        ({"type": "json_parser"}, "[" * 100_000),
        ({"type": "json_parser"}, {"a": 1}),
        ({"type": "regex_parser", "regex": REGEX}, "?"),
        ({"type": "csv_parser", "header": "a,b"}, "1,2,3"),
        ({"type": "csv_parser", "header": "a,b"}, '"x'),
        ({"type": "csv_parser", "header": "a,b"}, 'x"y,z'),
        ({"type": "csv_parser", "header_attribute": "h"}, "1,2"),
        ({"type": "key_value_parser"}, "a=1 b"),
        ({"type": "key_value_parser"}, 'a="x'),
        ({"type": "uri_parser"}, "not a uri"),
        ({"type": "uri_parser"}, "http://h:port/"),
        ({"type": "syslog_parser", "protocol": "rfc5424"}, "<1000>1 - - - - - -"),
        ({"type": "time_parser", "parse_from": "attributes.t", "layout": "%Y"}, "x"),
        ({"type": "severity_parser", "parse_from": "attributes.s"}, "x"),
        ({"type": "trace_parser"}, {"trace_id": "xyz"}),
        ({"type": "scope_name_parser", "parse_from": "attributes.s"}, "x"),
        ({"type": "move", "from": "attributes.a", "to": "attributes.b"}, "x"),
        ({"type": "copy", "from": "attributes.a", "to": "attributes.b"}, "x"),
        ({"type": "remove", "field": "attributes.a"}, "x"),
        ({"type": "flatten", "field": "body"}, "x"),
        ({"type": "unquote", "field": "body"}, "x"),
        ({"type": "assign_keys", "field": "body", "keys": ["a"]}, [1, 2]),
        ({"type": "regex_replace", "field": "attributes.x", "regex": "a"}, "x"),
        ({"type": "noop", "if": "body.x.y == 1"}, "x"),
        ({"type": "container", "format": "crio"}, "x"),
    ],
)
def test_an_entry_that_does_not_fit_is_sent_on_unchanged_and_counted(operators: Any, operator: dict[str, Any], body: Any) -> None:
    assert operators.one(body, operator).body == body
    assert operators.failed() == 1


@pytest.mark.parametrize(("on_error", "kept"), [("send", 1), ("send_quiet", 1), ("drop", 0), ("drop_quiet", 0)])
def test_on_error_decides_what_becomes_of_it(operators: Any, on_error: str, kept: int, caplog: pytest.LogCaptureFixture) -> None:
    assert len(operators.run(["bad", '{"a": 1}'], {"type": "json_parser", "on_error": on_error})) == kept + 1
    assert len(caplog.records) == (0 if on_error.endswith("quiet") else 1)


def test_failures_are_logged_once_in_a_while(operators: Any, caplog: pytest.LogCaptureFixture) -> None:
    operators.run(["bad"] * 1000, {"type": "json_parser"})
    assert (operators.failed(), len(caplog.records)) == (1000, 1)


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ({"type": "add", "field": "attributes.n", "value": 5}, {}, {"n": 5}),
        ({"type": "add", "field": "attributes.n", "value": "x-EXPR(body)"}, {}, {"n": "x-b"}),
        ({"type": "add", "field": "attributes", "value": {"x": 1}}, {"a": 0}, {"a": 0, "x": 1}),
        ({"type": "move", "from": "attributes.a", "to": 'attributes["x.y"]'}, {"a": 1}, {"x.y": 1}),
        ({"type": "copy", "from": "body", "to": "attributes.c"}, {}, {"c": "b"}),
        ({"type": "remove", "field": "attributes.a.b"}, {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
        ({"type": "remove", "field": "attributes"}, {"a": 1}, {}),
        (
            {"type": "retain", "fields": ["attributes.a", "attributes.x.y"]},
            {"a": 1, "b": 2, "x": {"y": 3, "z": 4}},
            {"a": 1, "x": {"y": 3}},
        ),
        ({"type": "flatten", "field": "attributes.m"}, {"m": {"x": 1, "m": 2}}, {"x": 1, "m": 2}),
        ({"type": "unquote", "field": "attributes.q"}, {"q": r'"a\n\"b\""'}, {"q": 'a\n"b"'}),
        ({"type": "assign_keys", "field": "attributes.l", "keys": ["x", "y"]}, {"l": [1, 2]}, {"l": {"x": 1, "y": 2}}),
        (
            {"type": "regex_replace", "field": "attributes.s", "regex": r"(\d+)-(?P<w>\w+)", "replace_with": "${w}:$1$$"},
            {"s": "a 12-xy b"},
            {"s": "a xy:12$ b"},
        ),
        (
            {"type": "regex_replace", "field": "attributes.s", "regex_name": "ansi_control_sequences"},
            {"s": "\x1b[31mred\x1b[0m"},
            {"s": "red"},
        ),
        ({"type": "noop"}, {"a": 1}, {"a": 1}),
    ],
)
def test_fields_are_rearranged(operators: Any, operator: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    entry = operators.one(Entry("b", before, 1), operator)
    assert (entry.attributes, operators.failed()) == (after, 0)


def test_if_lets_other_entries_pass(operators: Any) -> None:
    found = operators.run(['{"a": 1}', "text"], {"type": "json_parser", "if": 'body startsWith "{"'})
    assert [entry.attributes for entry in found] == [{"a": 1.0}, {}]
    assert operators.failed() == 0


def test_filter_drops_what_its_expression_holds_for(operators: Any) -> None:
    assert [entry.body for entry in operators.run(["a", "b", "a"], {"type": "filter", "expr": 'body == "a"'})] == ["b"]
    assert len(operators.run(["a"] * 10, {"type": "filter", "expr": "true", "drop_ratio": 0})) == 10
    share = len(operators.run(["a"] * 2000, {"type": "filter", "expr": "true", "drop_ratio": 0.5}))
    assert 700 < share < 1300


def test_a_router_sends_along_the_first_route_that_fits(operators: Any) -> None:
    found = operators.run(
        ['{"a": 1}', "k=v", "other", "drop"],
        {
            "type": "router",
            "routes": [
                {"expr": 'body startsWith "{"', "output": ["json"], "attributes": {"kind": "EXPR(body[0:1])"}},
                {"expr": 'body contains "="', "output": ["pairs"]},
                {"expr": 'body == "other"', "output": ["end"]},
            ],
        },
        {"type": "json_parser", "id": "json", "output": ["end"]},
        {"type": "key_value_parser", "id": "pairs"},
        {"type": "noop", "id": "end"},
    )
    assert sorted((entry.body, entry.attributes) for entry in found) == [
        ("k=v", {"k": "v"}),
        ("other", {}),
        ('{"a": 1}', {"a": 1.0, "kind": "{"}),
    ]


def test_entries_of_several_outputs_are_their_own(operators: Any) -> None:
    found = operators.run(
        [Entry("x", {"m": {"n": 1}}, 1)],
        {"type": "noop", "output": ["one", "two"]},
        {"type": "add", "id": "one", "field": "attributes.m.n", "value": 2, "output": ["end"]},
        {"type": "add", "id": "two", "field": "attributes.m.k", "value": 3},
        {"type": "noop", "id": "end"},
    )
    assert sorted(str(entry.attributes) for entry in found) == ["{'m': {'n': 1, 'k': 3}}", "{'m': {'n': 2}}"]


@pytest.mark.parametrize(
    ("operators_", "message"),
    [
        ([{"type": "noop", "output": ["nobody"]}], 'operator "noop": there is no operator "nobody"'),
        ([{"type": "noop", "id": "a", "output": ["b"]}, {"type": "noop", "id": "b", "output": ["a"]}], "in a circle"),
        ([{"type": "noop", "id": "a"}, {"type": "noop", "id": "a"}], 'operator id "a" is used twice'),
        ([{"type": "regex_parser", "regex": "("}], 'operator "regex_parser": pattern'),
        ([{"type": "regex_parser", "regex": "x"}], "no named capture groups"),
        ([{"type": "noop"}, {"type": "noop", "if": 'body matches "["'}], 'operator "noop1": pattern'),
    ],
)
def test_chains_that_cannot_work_are_refused(operators: Any, operators_: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        operators.chain(*operators_)


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        ({"type": "telepathy"}, "telepathy"),
        ({"type": "json_parser", "unknown": 1}, "unknown"),
        ({"type": "json_parser", "if": "body =="}, "column 8"),
        ({"type": "json_parser", "parse_from": "x"}, "unrecognized field"),
        ({"type": "time_parser", "parse_from": "body", "layout": "%Q"}, "%Q"),
        ({"type": "time_parser", "parse_from": "body"}, "layout"),
        ({"type": "severity_parser", "parse_from": "body", "mapping": {"loud": 1}}, "loud"),
        ({"type": "csv_parser"}, "exactly one of header and header_attribute"),
        ({"type": "csv_parser", "header": "a,b", "delimiter": ",,"}, "one character"),
        ({"type": "key_value_parser", "delimiter": " "}, "cannot be the same"),
        ({"type": "recombine", "combine_field": "body"}, "one of is_first_entry and is_last_entry"),
        ({"type": "recombine", "combine_field": "body", "is_first_entry": "true", "is_last_entry": "true"}, "only one of"),
        ({"type": "syslog_parser", "protocol": "rfc3164", "enable_octet_counting": True}, "rfc5424"),
        ({"type": "move", "from": "attributes", "to": "body"}, "name one of its keys"),
        ({"type": "regex_replace", "field": "body"}, "either regex or regex_name"),
        ({"type": "router", "routes": []}, "routes"),
    ],
)
def test_configurations_that_cannot_work_are_refused(operators: Any, operator: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        operators.chain(operator)
    assert message in str(caught.value)


def test_a_regex_that_would_explode_elsewhere_is_linear(operators: Any) -> None:
    entry = operators.one("a" * 50_000 + "!", {"type": "regex_parser", "regex": r"^(?P<x>(a+)+)$"})
    assert (entry.attributes, operators.failed()) == ({}, 1)


def test_of_ids_the_valid_one_is_taken_and_an_empty_one_is_none(operators: Any) -> None:
    span = {"span_id": {"parse_from": "attributes.s"}, "trace_id": {"parse_from": "attributes.t"}}
    wrong = operators.one('{"t": "short", "s": "cdcdcdcdcdcdcdcd"}', {"type": "json_parser", "trace": span})
    empty = operators.one('{"t": "", "s": "cdcdcdcdcdcdcdcd"}', {"type": "json_parser", "trace": span})
    assert [(entry.trace_id, entry.span_id) for entry in (wrong, empty)] == [(b"", b"\xcd" * 8)] * 2
    assert operators.failed() == 1


def test_a_level_that_means_nothing_is_not_overwritten(operators: Any) -> None:
    config = {"type": "json_parser", "severity": {"parse_from": "attributes.l", "overwrite_text": True}}
    entry = operators.one('{"l": "loud"}', config)
    assert (entry.severity, entry.severity_text) == (0, "loud")


def test_the_severity_of_a_syslog_message_can_be_read_by_what_is_embedded(operators: Any) -> None:
    severity = {"parse_from": "attributes.severity", "mapping": {"fatal": 3}, "preset": "none"}
    message = "<123>1 2026-01-02T03:04:05Z host app - - - text"
    entry = operators.one(message, {"type": "syslog_parser", "protocol": "rfc5424", "severity": severity})
    assert (entry.severity, entry.attributes["facility_text"], "severity" in entry.attributes) == (21, "cron2", False)


def test_a_syslog_message_keeps_its_time_where_what_is_embedded_fails(operators: Any) -> None:
    message = "<123>1 2026-01-02T03:04:05Z host app - - - text"
    config = {"type": "syslog_parser", "protocol": "rfc5424", "severity": {"parse_from": "attributes.no"}}
    entry = operators.one(message, config)
    assert (entry.timestamp, entry.attributes["hostname"], operators.failed()) == (1_767_323_045_000_000_000, "host", 1)
