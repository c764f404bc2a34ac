"""Expansion of `${…}` (collector specification 1.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.config import expansion
from otel_agent.config.expanded import ExpandedValue, plain
from otel_agent.config.expansion import Expander
from otel_agent.config.problem import ConfigError
from otel_agent.config.references import find_reference

VARIABLES = {
    "TEXT": "hello",
    "OCTAL": "0123",
    "YES": "true",
    "QUOTED": '"q"',
    "LIST": "[1, a]",
    "MAP": "a: ${OCTAL}",
    "NESTED": "<${TEXT}>",
    "LIST_OF_MAP": "[{k: 1}, '${MAP}']",
    "NAME": "TEXT",
    "INVALID": "[1",
    "EMPTY": "",
    "ESCAPED": "a$$b",
    "LOOP": "x${LOOP}",
    "SELF": "${SELF}",
    "DOUBLE": "${DOUBLE}${DOUBLE}",
    "DEEP": "- ${DEEP}",
    "WIDE": "- ${WIDE}\n- ${WIDE}",
}


def environment(location: str) -> str | None:
    name, separator, default = location.partition(":-")
    if not name.isidentifier():
        raise ValueError(f'environment variable "{name}" has invalid name')
    return VARIABLES.get(name, default if separator else None)


def expand(value: object) -> object:
    return Expander({"env": environment, "yaml": lambda text: text}).expand({"k": value})["k"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${TEXT}", "hello"),
        ("${env:TEXT}", "hello"),
        ("a${TEXT}b${TEXT}", "ahellobhello"),
        ("${OCTAL}", ExpandedValue(83, "0123")),
        ("x${OCTAL}", "x0123"),
        ("${YES}", ExpandedValue(True, "true")),
        ("${QUOTED}", '"q"'),
        ("${LIST}", ExpandedValue([1, "a"], "[1, a]")),
        ("${NESTED}", "<hello>"),
        ("${${NAME}}", "hello"),
        ("${env:${NAME}}", "hello"),
        ("${INVALID}", "[1"),
        ("${UNSET}", ExpandedValue(None, "")),
        ("a${UNSET}b", "ab"),
        ("${EMPTY}", ExpandedValue(None, "")),
        ("${UNSET:-5}", ExpandedValue(5, "5")),
        ("${env:UNSET:-a:b}", "a:b"),
        ("${TEXT:-5}", "hello"),
        ("${UNSET:-${TEXT}}", "hello"),
        ("${yaml:[1]}", ExpandedValue([1], "[1]")),
        ("$$", "$"),
        ("$${TEXT}", "${TEXT}"),
        ("$$${TEXT}", "$hello"),
        ("$$$${TEXT}", "$${TEXT}"),
        ("$${TEXT} ${TEXT}", "${TEXT} hello"),
        ("${TEXT} $$${TEXT} $${TEXT}", "hello $hello ${TEXT}"),
        ("${ESCAPED}", "a$b"),
        ("$TEXT and $1", "$TEXT and $1"),
        ("${TEXT", "${TEXT"),
        ("} ${TEXT}", "} hello"),
        (5, 5),
        (None, None),
    ],
)
def test_values(text, value):
    assert expand(text) == value


def test_maps_and_lists_are_walked_but_keys_are_not_touched():
    assert expand({"${TEXT}": ["${TEXT}", {"a": "${TEXT}"}]}) == {"${TEXT}": ["hello", {"a": "hello"}]}


def test_values_inside_an_expanded_map_are_expanded():
    expanded = expand("${MAP}")
    assert plain(expanded) == {"a": 83}
    assert plain(expanded, text=True) == "a: 0123"


def test_text_of_an_expanded_list_that_holds_a_map_is_expanded_too():
    assert expand("${LIST_OF_MAP}") == ExpandedValue(
        [{"k": 1}, ExpandedValue({"a": ExpandedValue(83, "0123")}, "a: 0123")], "[{k: 1}, 'a: 0123']"
    )


def test_maps_and_lists_stand_inside_other_text_as_they_were_written():
    values = {"LIST": "[a, b]", "MAP": "{k: ${INNER}}", "INNER": "0123"}
    found = Expander({"env": values.get}).expand({"list": "x${LIST}y", "map": "x${MAP}y"})
    assert found == {"list": "x[a, b]y", "map": "x{k: 0123}y"}


def test_one_reference_is_fetched_once():
    asked = []
    Expander({"env": lambda name: asked.append(name) or "1"}).expand({"a": "${X}", "b": ["x${X}", "${X:-2}"]})
    assert asked == ["X", "X:-2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${nope:x}", 'k: scheme "nope" is not supported for uri "nope:x" (supported: env, yaml)'),
        ("${1}", 'k: ${1}: environment variable "1" has invalid name'),
        ("${}", 'k: ${}: environment variable "" has invalid name'),
        ("${env:$TEXT}", "k: the uri \"env:$TEXT\" contains unsupported characters ('$')"),
        ("${SELF}", "k: too many recursive expansions"),
    ],
)
def test_errors_name_the_path(text, message):
    with pytest.raises(ConfigError) as caught:
        expand(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["LOOP", "DOUBLE", "DEEP", "WIDE"])
def test_recursion_is_bounded(name):
    with pytest.raises(ConfigError, match="too many recursive expansions"):
        expand(f"${{{name}}}")


def test_path_in_errors_reaches_into_lists():
    with pytest.raises(ConfigError) as caught:
        expand({"a": ["x", "${1}"]})
    assert caught.value.problems[0].path == ("k", "a", "1")


FRAGMENTS = st.sampled_from(["$", "${", "}", "TEXT", "OCTAL", "UNSET", "NESTED", "LIST", ":-", ":", "env", "a", " "])


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_any_text_expands_or_is_refused_with_its_path(text):
    try:
        expanded = expand(text)
    except ConfigError as error:
        expanded = error.problems[0].path[0]
    assert isinstance(expanded, str | ExpandedValue)


@given(st.text(max_size=30))
def test_doubled_dollars_protect_any_text(text):
    assert expand(text.replace("$", "$$")) == text


@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_references_are_innermost(text):
    reference = find_reference(text)
    if reference is not None:
        assert text[reference.start : reference.end] == reference.text
        assert "${" not in reference.body
        assert "}" not in reference.body


def test_what_references_stand_for_is_bounded_in_all(monkeypatch):
    monkeypatch.setattr(expansion, "MAX_FETCHED_TEXT", 12)
    assert expand(["${TEXT}", "${TEXT}"]) == ["hello", "hello"]
    with pytest.raises(ConfigError, match="k::2: too many recursive expansions: more than 12 characters in all"):
        expand(["${TEXT}", "${TEXT}", "${TEXT}"])
