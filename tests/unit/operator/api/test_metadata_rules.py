"""Metadata that an API server takes is passed; what it refuses is said."""

from typing import Any

import pytest

from otel_operator.api.metadata_rules import metadata_errors


def said(**metadata: Any) -> list[str]:
    return [str(found) for found in metadata_errors({"metadata": metadata})]


@pytest.mark.parametrize(
    "metadata",
    [
        {"name": "a"},
        {"name": "a.b-c.9"},
        {"name": "a" * 253},
        {"generateName": "a-"},
        {"name": "a", "namespace": "b", "labels": {"example.com/A_b": "C.d"}, "annotations": {"A": "anything at all", "b": None}},
        {"name": "a", "labels": None, "annotations": None},
    ],
)
def test_what_is_right_is_passed(metadata: dict[str, Any]) -> None:
    assert said(**metadata) == []


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({}, "metadata.name: is required; give one"),
        ({"generateName": "-"}, "metadata.generateName: '-' begins no name"),
        ({"name": "a..b"}, "metadata.name: 'a..b' is no name; use at most 253 of"),
        ({"name": "a" * 254}, "metadata.name: "),
        ({"name": True}, "metadata.name: must be text, got True: put it in quotes"),
        ({"name": "a", "namespace": "a.b"}, "metadata.namespace: 'a.b' is no namespace"),
        ({"name": "a", "namespace": 1}, "metadata.namespace: 1 is no namespace"),
        ({"name": "a", "labels": []}, "metadata.labels: must be a map of text to text"),
        ({"name": "a", "labels": {"-": ""}}, "metadata.labels[-]: is no key"),
        ({"name": "a", "labels": {"A.b/c": ""}}, "metadata.labels[A.b/c]: is no key"),
        ({"name": "a", "labels": {"b": "c" * 64}}, "metadata.labels[b]: "),
        ({"name": "a", "annotations": {"b": {}}}, "metadata.annotations[b]: must be text"),
        ({"name": "a", "annotations": {"b": "c" * 2**18}}, "metadata.annotations: have 262145 bytes; at most 262144"),
        ({"name": "a", "lables": {}}, 'metadata.lables: unknown field; did you mean "labels"?'),
        ({"name": "a", "zzz": {}}, "metadata.zzz: unknown field; remove it"),
    ],
)
def test_what_is_wrong_is_said(metadata: dict[str, Any], sentence: str) -> None:
    [found] = said(**metadata)
    assert found.startswith(sentence)


@pytest.mark.parametrize("obj", [{}, {"metadata": None}, {"metadata": "x"}])
def test_metadata_must_be_a_map(obj: dict[str, Any]) -> None:
    assert [str(found) for found in metadata_errors(obj)] == ["metadata: must be a map with at least the name"]
