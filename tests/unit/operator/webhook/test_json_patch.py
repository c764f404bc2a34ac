"""The difference of two documents, held to an independent implementation of RFC 6902."""

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_operator.webhook.json_patch import json_patch, pointer

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab/~", max_size=3)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab/~", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(before=documents, after=documents)
def test_patch_turns_before_into_after(before: Any, after: Any) -> None:
    assert jsonpatch.apply_patch(copy.deepcopy(before), json_patch(before, after)) == after


@given(document=documents)
def test_equal_documents_need_no_operation(document: Any) -> None:
    assert json_patch(document, copy.deepcopy(document)) == []


def test_only_the_changed_leaf_is_named() -> None:
    before = {"spec": {"mode": "deployment", "config": {"receivers": {"otlp": None}}}}
    after = {"spec": {"mode": "deployment", "config": {"receivers": {"otlp": {}}}, "replicas": 1}}
    assert json_patch(before, after) == [
        {"op": "replace", "path": "/spec/config/receivers/otlp", "value": {}},
        {"op": "add", "path": "/spec/replicas", "value": 1},
    ]


@pytest.mark.parametrize(("before", "after"), [(True, 1), (0, False), (1, 1.0), (None, False)])
def test_values_that_python_takes_for_equal_differ(before: object, after: object) -> None:
    assert json_patch({"x": before}, {"x": after}) == [{"op": "replace", "path": "/x", "value": after}]


def test_list_of_other_length_is_replaced_whole() -> None:
    assert json_patch({"x": [1]}, {"x": [1, 2]}) == [{"op": "replace", "path": "/x", "value": [1, 2]}]


def test_pointer_escapes_slash_and_tilde() -> None:
    assert pointer("annotations", "a.io/b~c", 0) == "/annotations/a.io~1b~0c/0"
