"""Spelling of component and pipeline ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.config.component import ComponentId
from otel_agent.config.ids import PipelineId, parse_component_id, parse_pipeline_id


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("otlp", ComponentId("otlp")),
        (" otlp / a b ", None),
        ("otlp/ä-1.2", ComponentId("otlp", "ä-1.2")),
        (" a/b ", ComponentId("a", "b")),
        ("a/b/c", ComponentId("a", "b/c")),
    ],
)
def test_component_ids(text, parsed):
    if parsed is None:
        with pytest.raises(ValueError, match="no spaces or symbols"):
            parse_component_id(text)
    else:
        assert parse_component_id(text) == parsed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "id must not be empty"),
        ("  ", "id must not be empty"),
        ("/x", 'in "/x" id: the part before / should not be empty'),
        ("x/", 'in "x/" id: the part after / should not be empty'),
        ("1a", 'in "1a" id: invalid type "1a": use at most 63 letters, digits and _, a letter first'),
        ("a" * 64, "at most 63 letters"),
        ("a/" + "x" * 1025, "at most 1024 characters"),
        ("a/x$", "no spaces or symbols"),
        ("a/x\u200b", "no spaces or symbols"),
        (5, "id must be a string, got 5"),
    ],
)
def test_refused_ids_say_why(text, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared below
        parse_component_id(text)
    assert message in str(caught.value)


def test_pipeline_ids():
    assert parse_pipeline_id("traces/a") == PipelineId("traces", "a")
    assert str(parse_pipeline_id(" metrics ")) == "metrics"
    with pytest.raises(ValueError, match='unknown pipeline signal "profiles"'):
        parse_pipeline_id("profiles")


@given(st.from_regex(r"[a-zA-Z][0-9a-zA-Z_]{0,62}(/[a-zA-Z0-9_.-]{1,50})?", fullmatch=True))
def test_ids_read_back(text):
    assert str(parse_component_id(text)) == text
