"""What is written is read back the same, by this reader and by a YAML 1.1 one."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from otel_operator.api.yaml12 import YamlError, dump, load

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)  # larger ones are floats for every reader
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=9), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(VALUES.filter(lambda v: isinstance(v, dict)))
def test_dump_then_load_is_the_same(value):
    assert load(dump(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "1:30",
        "2001-01-01",
        "0o17",
        "017",
        "0x1F",
        "1e3",
        "~",
        "null",
        "",
        "true",
        "=",
        "1_000",
    ],
)
def test_texts_that_look_like_something_else_are_texts_for_every_reader(text):
    written = dump({"k": text})
    assert load(written) == {"k": text}
    assert yaml.safe_load(written) == {"k": text}


def test_only_true_and_false_are_booleans():
    assert load("a: on\nb: true\n") == {"a": "on", "b": True}


def test_errors_say_line_and_column():
    with pytest.raises(YamlError, match=r"line 3, column \d+"):
        load("a: 1\nb: [\n")


def test_large_integers_stay_integers():
    assert dump({"a": 1000000}) == "a: 1000000\n"


def test_several_lines_are_written_as_a_block():
    assert dump({"a": "x\ny\n"}) == "a: |\n  x\n  y\n"
