"""Values are held against a schema as the API server does it."""

from typing import Any

import pytest

from otel_operator.api.finding import sentences
from otel_operator.api.schema_check import unknown_fields, wrong_values

INT_OR_STRING = {"x-kubernetes-int-or-string": True, "pattern": "^[0-9]+%?$"}
KEYED = {
    "type": "array",
    "items": {"type": "object", "properties": {"name": {"type": "string"}}},
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["here"],
    "properties": {
        "here": {"type": "boolean"},
        "text": {"type": "string", "minLength": 2, "maxLength": 3},
        "number": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9},
        "share": {"type": "number"},
        "either": INT_OR_STRING,
        "kind": {"type": "string", "enum": ["A", "B"]},
        "keyed": KEYED,
        "words": {"type": "array", "items": {"type": "string"}, "minItems": 1, "x-kubernetes-list-type": "set"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"number": {"type": "integer"}}},
    },
}


def said(**value: Any) -> list[str]:
    return list(sentences(wrong_values({"here": True, **value}, SCHEMA)))


@pytest.mark.parametrize(
    "value",
    [
        {"text": "äöü"},
        {"number": 1},
        {"share": 1},
        {"share": 0.5},
        {"either": 1},
        {"either": "5%"},
        {"keyed": [{"name": "a"}, {"name": "b"}]},
        {"words": ["a", "b"]},
        {"labels": {"a": "b"}},
        {"free": {"anything": [None]}},
    ],
)
def test_what_fits_is_not_mentioned(value: dict[str, Any]) -> None:
    assert said(**value) == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"text": "a"}, "text: has 1 characters; at least 2 are needed"),
        ({"text": "abcd"}, "text: has 4 characters; at most 3 are allowed"),
        ({"text": 5}, "text: must be text, got 5: put it in quotes"),
        ({"text": {}}, "text: must be text, got a map"),
        ({"number": True}, "number: must be a whole number, got true"),
        ({"number": 0}, "number: must be at least 1, got 0"),
        ({"number": 10}, "number: must be at most 9, got 10"),
        ({"share": "1"}, 'share: must be a number, got "1"'),
        ({"either": "x"}, 'either: "x" does not match ^[0-9]+%?$'),
        ({"either": 1.5}, "either: must be a whole number or text, got 1.5"),
        ({"kind": "C"}, 'kind: "C" is not supported; use one of A, B'),
        ({"keyed": [{"name": "a"}, {"name": "a"}]}, "keyed[1]: has the same name as item 0; each may be there once"),
        ({"words": ["a", "a"]}, "words[1]: is the same as item 0; each may be there once"),
        ({"words": []}, "words: has 0 items; at least 1 are needed"),
        ({"words": ["a", None]}, "words[1]: must be text, got nothing"),
        ({"labels": {"a": []}}, "labels.a: must be text, got a list"),
        ({"free": {"number": "x"}}, 'free.number: must be a whole number, got "x"'),
    ],
)
def test_what_does_not_fit_is_said_with_its_path(value: dict[str, Any], sentence: str) -> None:
    assert said(**value) == [sentence]


def test_numbers_beyond_their_format_are_refused() -> None:
    schema = {"type": "integer", "format": "int32"}
    assert list(wrong_values(2**31 - 1, schema)) == []
    assert "is no int32; use a number from -2147483648 to 2147483647" in str(next(wrong_values(2**31, schema)))


def test_a_required_field_is_named() -> None:
    assert [str(found) for found in wrong_values({}, SCHEMA)] == ["here: is required"]


def test_long_values_are_cut() -> None:
    assert said(kind="x" * 200)[0].startswith(f'kind: "{"x" * 79}…')


@pytest.mark.parametrize(
    ("value", "sentences_"),
    [
        ({"text": 1, "labels": {"a": "b"}, "free": {"any": {"thing": 1}}}, []),
        ({"txt": 1}, ['txt: unknown field; did you mean "text"?']),
        ({"zzz": 1}, ["zzz: unknown field; remove it"]),
        ({"keyed": [{"name": "a", "zzz": 1}]}, ["keyed[0].zzz: unknown field; remove it"]),
    ],
)
def test_fields_are_those_of_the_schema(value: dict[str, Any], sentences_: list[str]) -> None:
    assert list(sentences(unknown_fields(value, SCHEMA))) == sentences_
