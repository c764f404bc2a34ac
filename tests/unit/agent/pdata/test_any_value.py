from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from otel_agent.pdata.any_value import plain, text
from otel_agent.pdata.values import write


def any_value(value: Any) -> AnyValue:
    made = AnyValue()
    write(made, value)
    return made


@pytest.mark.parametrize(
    ("value", "expected_plain", "expected_text"),
    [
        (None, None, ""),
        ("ü", "ü", "ü"),
        (True, True, "true"),
        (False, False, "false"),
        (-3, -3, "-3"),
        (1.0, 1.0, "1"),
        (1.5e-9, 1.5e-9, "1.5e-9"),
        (b"\0\1", "AAE=", "AAE="),
        ([1, "a", [None]], [1, "a", [None]], '[1,"a",[null]]'),
        ({"b": 1, "a": {"c": b"x"}}, {"b": 1, "a": {"c": "eA=="}}, '{"a":{"c":"eA=="},"b":1}'),
        ({}, {}, "{}"),
    ],
)
def test_values_as_plain_objects_and_as_text(value: Any, expected_plain: Any, expected_text: str) -> None:
    assert plain(any_value(value)) == expected_plain
    assert text(any_value(value)) == expected_text


@pytest.mark.parametrize(("value", "expected"), [(float("nan"), "NaN"), (float("inf"), "+Inf"), (float("-inf"), "-Inf")])
def test_numbers_that_are_none_have_names(value: float, expected: str) -> None:
    assert text(any_value(value)) == expected
    assert text(any_value([value])) == "[null]"
