"""YAML as yaml.v3 reads it, and input made to hurt."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.config import yaml_document
from otel_agent.config.yaml_document import YamlError, parse_documents, parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("On", "On"),
        ("y", "y"),
        ("12", 12),
        ("-0", 0),
        ("+5", 5),
        ("0123", 83),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("0128", 128.0),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", float(2**64)),
        ("1.5", 1.5),
        ("1e999", "1e999"),
        ("9" * 400, "9" * 400),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("2001-01-01", "2001-01-01"),
        ("1.2.3", "1.2.3"),
        ("5s", "5s"),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("!!float 1", 1.0),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("{1: a, true: b, ~: c}", {"1": "a", "true": "b", "~": "c"}),
        ("a: 1\n---\n[", {"a": 1}),
    ],
)
def test_scalars_and_documents(text, value):
    parsed = parse_yaml(text)
    assert parsed == value
    assert type(parsed) is type(value)


def test_all_documents_are_read_with_the_line_where_their_values_begin():
    text = "# c\n---\n\na: 1\n---\n---\n# x\nb: [2]\n...\n---\n'x'\n"
    assert list(parse_documents(text)) == [(4, {"a": 1}), (6, None), (8, {"b": [2]}), (11, "x")]
    assert list(parse_documents("")) == []


def test_a_mistake_in_a_later_document_is_found_at_its_line():
    with pytest.raises(YamlError, match="line 3, column 9"):
        list(parse_documents("a: 1\n---\nb: {c: d: 1}\n"))


def test_documents_do_not_see_each_others_anchors():
    with pytest.raises(YamlError, match='alias "\\*x"'):
        list(parse_documents("a: &x 1\n---\nb: *x\n"))


def test_not_a_number_is_a_float():
    assert math.isnan(parse_yaml(".nan"))


def test_merge_keys_fill_in_what_is_missing():
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\na: {<<: *b, x: 9}\nc: {<<: [*b, *m]}"
    parsed = parse_yaml(text)
    assert parsed["a"] == {"x": 9, "y": 2}
    assert parsed["c"] == {"x": 1, "y": 2, "z": 4}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", 'line 4, column 3: duplicate key "c"'),
        ("a: [1", "line 2, column 1: did not find expected ',' or ']'"),
        ("a: *x", 'line 1, column 4: alias "*x" has no complete anchor before it'),
        ("a: &x [*x]", 'line 1, column 8: alias "*x" has no complete anchor before it'),
        ("? [a]\n: 1", "line 1, column 5: a key must be a scalar"),
        ("a: {<<: 5}", "line 1, column 10: a merge key (<<) needs a map or a list of maps"),
        ("!!int x", 'line 1, column 1: cannot read "x" as !!int'),
        ("a:\n\t- b", "line 2, column 1: found character that cannot start any token"),
    ],
)
def test_errors_say_where(text, message):
    with pytest.raises(YamlError) as caught:
        parse_yaml(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["[" * 300_000, "{a: " * 300_000, "- " * 300_000], ids=["lists", "maps", "block lists"])
def test_deep_nesting_is_refused(text):
    with pytest.raises(YamlError, match="nested deeper than 100 levels"):
        parse_yaml(text)


def test_alias_expansion_is_bounded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(YamlError, match="more than 1000000 values"):
        parse_yaml("\n".join(lines))


def test_size_is_bounded(monkeypatch):
    monkeypatch.setattr(yaml_document, "MAX_TEXT", 10)
    with pytest.raises(YamlError, match="longer than 10 characters"):
        parse_yaml("a: 123456789")


def test_lone_surrogates_are_an_error():
    with pytest.raises(YamlError):
        parse_yaml("a: \ud800")


@given(st.text(alphabet=st.sampled_from("ab:{}[]&*!|>-?,'\"\n \t0x.~<#%@`"), max_size=40))
def test_any_text_parses_or_is_refused(text):
    with contextlib.suppress(YamlError):
        parse_yaml(text)
