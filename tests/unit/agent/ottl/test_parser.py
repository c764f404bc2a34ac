import time

import pytest

from otel_agent.ottl import syntax
from otel_agent.ottl.cursor import MAX_DEPTH
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.lexer import MAX_LENGTH
from otel_agent.ottl.parser import parse_condition, parse_statement, parse_value

CPU_SECONDS = 1.0


def test_a_statement_has_an_editor_and_a_condition() -> None:
    statement = parse_statement('set(span.attributes["k"][0], "v") where span.kind == SPAN_KIND_SERVER')
    assert statement.editor.name == "set"
    target = statement.editor.arguments[0].value
    assert isinstance(target, syntax.Path)
    assert [field.name for field in target.fields] == ["span", "attributes"]
    assert [key.value for key in target.fields[1].keys if isinstance(key, syntax.Literal)] == ["k", 0]
    assert isinstance(statement.condition, syntax.Comparison)
    assert statement.condition.right == syntax.Enum(54, "SPAN_KIND_SERVER")


def test_and_binds_stronger_than_or_and_not_strongest() -> None:
    condition = parse_condition("not true and false or true")
    assert isinstance(condition, syntax.Or)
    first = condition.parts[0]
    assert isinstance(first, syntax.And)
    assert isinstance(first.parts[0], syntax.Not)


def test_a_parenthesis_holds_a_condition_or_a_computation() -> None:
    condition = parse_condition("(1 + 2) * 3 == 9 and (a == b or true)")
    assert isinstance(condition, syntax.And)
    comparison, group = condition.parts
    assert isinstance(comparison, syntax.Comparison)
    assert isinstance(comparison.left, syntax.Math)
    assert isinstance(group, syntax.Or)


def test_a_sign_without_spaces_is_an_operator() -> None:
    value = parse_value("1-2")
    assert isinstance(value, syntax.Math)
    assert value.rest == (("-", syntax.Literal(3, 2)),)
    assert parse_value("-2") == syntax.Literal(1, -2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\"b\\c\n\u00e9"', 'a"b\\c\né'),
        ("0x0aff", b"\x0a\xff"),
        (".5e1", 5.0),
        ("9223372036854775807", 2**63 - 1),
        ("nil", None),
        ("true", True),
    ],
)
def test_literals_are_read(text: str, value: object) -> None:
    assert parse_value(text) == syntax.Literal(1, value)


def test_maps_lists_lambdas_and_named_arguments_are_read() -> None:
    value = parse_value('F(a, {"k": [1, "x"],}, name = (a, _) => a > 1)')
    assert isinstance(value, syntax.Call)
    assert value.arguments[2].name == "name"
    function = value.arguments[2].value
    assert isinstance(function, syntax.Lambda)
    assert function.parameters == ("a", "_")


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("", 1, "a statement begins with an editor"),
        ("Set(a, 1)", 1, "not with the converter Set"),
        ("set(a, 1", 9, "expected ',' or ')'"),
        ("set(a, 1) when b", 11, "expected the end, found 'when'"),
        ("set(a, 1) where b", 17, "expected a condition"),
        ("set(a, (b == c))", 9, "expected a value, found a condition"),
        ('set(a, "x)', 8, "no closing quote"),
        ("set(a, 'x')", 8, "double quotes"),
        (r'set(a, "\d")', 9, r"unknown escape \d"),
        ("set(a, 9223372036854775808)", 8, "does not fit in 64 bits"),
        ("set(a, 0xabc)", 8, "half a byte"),
        ("set(a, b = 1, 2)", 15, "cannot follow one with a name"),
        ("set(a, keep(b))", 8, "stands at the start of a statement only"),
        ("set(a, [1)", 10, "expected ',' or ']'"),
        ('set(a, "x" + 1)', 8, "only numbers, paths and converters can be computed with"),
        ("set(a.B, 1)", 7, "in lower case"),
        ("set(a, 1)[0]", 10, "returns nothing that could be indexed"),
    ],
)
def test_a_mistake_is_shown_with_its_column(text: str, column: int, reason: str) -> None:
    with pytest.raises(OttlError) as caught:
        parse_statement(text)
    assert caught.value.column == column
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"column {column}: ")


HOSTILE = {
    "a megabyte of names": "set(a, " + "b" * 1_000_000 + ")",
    "a megabyte of sums": "set(a, " + "1+" * 500_000 + "1)",
    "parentheses": "set(a, " + "(" * 10_000 + "1" + ")" * 10_000 + ")",
    "lists": "set(a, " + "[" * 10_000 + "]" * 10_000 + ")",
    "maps": "set(a, " + '{"k":' * 10_000,
    "calls": "set(a, " + "F(" * 10_000,
    "indexes": "set(a" + "[a" * 10_000,
    "signs": "set(a, " + "-" * 10_000 + "1)",
    "negations": "set(a, 1) where " + "not " * 10_000 + "true",
    "lambdas": "set(a, " + "(a) => " * 8_000,
    "lambdas of lambdas": "set(a, " + "((a,b) => " * 6_000,
    "names of lambdas": "set(a, " + "(a," * 20_000,
    "quotes": "set(a, " + '"' * 60_001,
    "dots": "set(a" + "." * 60_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_hostile_costs_less_than_a_second_and_gets_an_error(text: str) -> None:
    start = time.process_time()
    with pytest.raises(OttlError) as caught:
        parse_statement(text)
    assert time.process_time() - start < CPU_SECONDS
    assert len(str(caught.value)) < 500


def test_the_longest_statement_is_read_in_less_than_a_second() -> None:
    text = "set(a, " + "1+" * ((MAX_LENGTH - 10) // 2) + "1)"
    start = time.process_time()
    parse_statement(text)
    assert time.process_time() - start < CPU_SECONDS


def test_what_nests_as_deep_as_allowed_is_read() -> None:
    depth = MAX_DEPTH - 1
    parse_statement("set(a, " + "(" * depth + "1" + ")" * depth + ")")
