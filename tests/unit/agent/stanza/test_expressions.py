from typing import Any

import pytest

from otel_agent.stanza.chain import search_function
from otel_agent.stanza.entry import Entry, EntryError
from otel_agent.stanza.expression.compiler import check_expression, compile_condition, compile_template
from otel_agent.stanza.expression.lexer import ExpressionError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('body == "x"', True),
        ('body != "x" or attributes.n == 3', True),
        ('body == "x" and attributes.n > 2 && !(attributes.n >= 4)', True),
        ("not attributes.flag", False),
        ('attributes["a.b"] + "-" + body', "v-x"),
        ("attributes.n + 1.5", 4.5),
        ("2 + 3 * 4 ** 2 - 10 / 4", 47.5),
        ("-attributes.n % 2", -1),
        ('body in ["x", "y"]', True),
        ('body not in ["x", "y"]', False),
        ('"a.b" in attributes', True),
        ('"ell" in "hello"', True),
        ('"hello" contains "ell" and "hello" startsWith "he" and "hello" endsWith "lo"', True),
        ('body matches "^[w-z]$"', True),
        ('body matches "^[w" + "-z]$"', True),
        ("attributes.n == 3 ? 'three' : 'other'", "three"),
        ("attributes.missing ?? 'default'", "default"),
        ("attributes.missing == nil", True),
        ("attributes.missing ?? 'x' == body", True),
        ("attributes.list[-7 % 3 + 1]", "first"),
        ("attributes.map.inner", 7),
        ("attributes.list[1]", "second"),
        ("attributes.list[-1]", "second"),
        ("body[0:1] + 'abcdef'[2:]", "xcdef"),
        ("len(body) + len(attributes.list)", 3),
        ("string(attributes.n) + upper('a')", "3A"),
        ("1 == 1.0 and true != 1", True),
        ("resource.pod", "p-1"),
        ("3 in 1..5", True),
        ("{a: 1}.a", 1),
        (r'"\x41\u00e9\t" == "Aé	"', True),
        ("`raw\\n` == 'raw\\\\n'", True),
        ("$ == body", True),
        ("attributes?.missing?.deeper", None),
    ],
)
def test_an_expression_gives(evaluate: Any, text: str, expected: Any) -> None:
    attributes = {"a.b": "v", "n": 3, "flag": True, "map": {"inner": 7}, "list": ["first", "second"]}
    assert evaluate(text, "x", attributes, {"pod": "p-1"}) == expected


def test_env_reads_the_environment(evaluate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE", "node-7")
    assert evaluate('env("NODE") + env("NOTHING_OF_THE_KIND")') == "node-7"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("body ==", 8),
        ('body == "x', 9),
        ("body # 1", 6),
        ("(body", 6),
        ("nobody == 1", 1),
        ("system('ls')", 1),
        ("len()", 1),
        ("body body", 6),
        ("body.1", 5),
        ("[1, 2", 6),
        ("body.foo()", 6),
        ('body matches "("', 14),
    ],
)
def test_a_mistake_is_shown_with_its_column(evaluate: Any, text: str, column: int) -> None:
    with pytest.raises(ExpressionError, match=rf"\(column {column}\)"):
        evaluate(text, "x")


@pytest.mark.parametrize(
    "text", ["body.a.b", "attributes.missing.x", "body + 1", "body > 1", "len(1)", "body['x']['y']", "1 / 0"]
)
def test_values_that_do_not_fit_are_the_entrys_fault(evaluate: Any, text: str) -> None:
    with pytest.raises(EntryError):
        evaluate(text, "text")


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000 + "1", "!" * 10_000 + "true", "1" + "+1" * 9_000, "x" * 20_000, "[" * 5_000 + "]" * 5_000, "1**" * 3_000 + "1"],
)
def test_hostile_expressions_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        check_expression(text)


def test_a_condition_has_to_be_a_bool() -> None:
    condition = compile_condition("attributes.x", search_function)
    assert condition(Entry("", {"x": True}, 1)) is True
    with pytest.raises(EntryError, match="gave int, not a bool"):
        condition(Entry("", {"x": 1}, 1))
    with pytest.raises(ExpressionError, match="expected a condition"):
        compile_condition("'text'", search_function)


def test_text_with_expressions_in_it_is_rendered() -> None:
    template = compile_template("<EXPR(body)-EXPR(attributes.n == 1 ? 'one' : 'more')>", search_function)
    assert template is not None
    assert template(Entry("b", {"n": 1}, 1)) == "<b-one>"
    assert compile_template("no expression", search_function) is None
