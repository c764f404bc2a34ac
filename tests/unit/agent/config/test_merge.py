"""Merging of sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.config.merge import merge, unflatten
from otel_agent.config.problem import ConfigError

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=3)
MAPS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), LEAVES, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), LEAVES | inner, max_size=3),
    max_leaves=8,
)


def test_maps_merge_and_lists_are_replaced():
    assert merge({"a": {"b": 1, "l": [1, 2]}}, {"a": {"c": 2, "l": [3]}}) == {"a": {"b": 1, "c": 2, "l": [3]}}


def test_null_erases_what_came_before():
    assert merge({"a": {"b": 1}}, {"a": None}) == {"a": None}


def test_append_gate_joins_service_lists_only():
    base = {
        "service": {"extensions": ["a"], "pipelines": {"traces": {"receivers": ["a"], "processors": ["a"]}}},
        "x": {"receivers": [1]},
    }
    over = {
        "service": {"extensions": ["a", "b"], "pipelines": {"traces": {"receivers": ["b"], "processors": ["b"]}}},
        "x": {"receivers": [2]},
    }
    assert merge(base, over, append_lists=True) == {
        "service": {"extensions": ["a", "b"], "pipelines": {"traces": {"receivers": ["a", "b"], "processors": ["b"]}}},
        "x": {"receivers": [2]},
    }


def test_top_level_keys_with_separators_are_nested():
    assert unflatten({"a::b": 1, "a::c": {"d": 2}, "e": 3}) == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}


@given(MAPS)
def test_merging_with_itself_or_nothing_changes_nothing(document):
    assert merge(document, document) == document
    assert merge({}, document) == document
    assert merge(document, {}) == document


@given(MAPS, MAPS)
def test_merging_again_changes_nothing(base, over):
    once = merge(base, over)
    assert merge(once, over) == once


@given(MAPS, MAPS)
def test_sources_are_left_alone(base, over):
    before = repr((base, over))
    merge(base, over)
    assert repr((base, over)) == before


@given(MAPS, MAPS)
def test_every_leaf_of_the_later_source_wins(base, over):
    merged = merge(base, over)
    for path, leaf in leaves(over):
        value = merged
        for key in path:
            value = value[key]
        assert value == leaf


def leaves(document, path=()):
    for key, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def test_keys_that_name_a_path_are_nested_and_merged():
    assert unflatten({"a": {"b": 1}, "a::c::d": 2, "e": 3}) == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}


def test_paths_in_keys_are_bounded():
    with pytest.raises(ConfigError, match="a::a::a: nested deeper than 100 levels"):
        unflatten({"::".join("a" * 101): 1})
