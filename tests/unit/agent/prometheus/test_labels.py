"""Label sets and values as text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from otel_agent.prometheus.attribute_text import attribute_text, double_text
from otel_agent.prometheus.labels import labels_of, labels_text, translated
from otel_agent.prometheus.names import LabelNamer
from otel_agent.prometheus.number_text import bound_text, number_text


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_written_labels_read_back_the_same(labels: dict[str, str]) -> None:
    assert labels_of(labels_text(labels)) == sorted(labels.items())


def test_labels_are_sorted_and_odd_names_quoted() -> None:
    assert labels_text({"b": 'x"\n\\', "a.c": "1"}) == 'a.c="1",b="x'.replace("a.c", '"a.c"') + '\\"\\n\\\\"'


def test_values_of_names_that_come_out_the_same_are_joined_in_the_order_of_their_keys() -> None:
    assert translated([("a_b", "2"), ("a.b", "1"), ("c", "3")], LabelNamer()) == {"a_b": "1;2", "c": "3"}


def test_a_key_that_comes_twice_has_one_value() -> None:
    assert translated([("a", "1"), ("a", "2")], LabelNamer()) == {"a": "2"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (AnyValue(), ""),
        (AnyValue(string_value="x"), "x"),
        (AnyValue(bool_value=False), "false"),
        (AnyValue(int_value=-3), "-3"),
        (AnyValue(double_value=2.0), "2"),
        (AnyValue(double_value=0.25), "0.25"),
        (AnyValue(double_value=1e21), "1e+21"),
        (AnyValue(double_value=123456789012345680000.0), "123456789012345680000"),
        (AnyValue(double_value=1.2345678901234567e-05), "0.000012345678901234568"),
        (AnyValue(double_value=1.5e-7), "1.5e-7"),
        (AnyValue(double_value=0.00001), "0.00001"),
        (AnyValue(bytes_value=b"ab"), "YWI="),
    ],
)
def test_attribute_values_have_the_text_of_the_go_collector(found: AnyValue, expected: str) -> None:
    assert attribute_text(found) == expected


def test_lists_and_maps_are_json() -> None:
    found = AnyValue()
    found.array_value.values.add(string_value="a")
    found.array_value.values.add().kvlist_value.values.add(key="k").value.int_value = 1
    assert attribute_text(found) == '["a",{"k":1}]'


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0.005, "0.005"), (10, "10"), (100000, "100000"), (1e6, "1e+06"), (1e-5, "1e-05"), (-2.5, "-2.5"), (float("inf"), "+Inf")],
)
def test_bounds_are_written_as_go_writes_them(number: float, expected: str) -> None:
    assert bound_text(number, openmetrics=False) == expected


def test_bounds_of_openmetrics_have_a_point() -> None:
    assert [bound_text(each, openmetrics=True) for each in (1, 2.5, 1e6)] == ["1.0", "2.5", "1e+06"]


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_bounds_and_values_read_back_the_same(number: float) -> None:
    assert float(bound_text(number, openmetrics=False)) == float(number_text(number)) == number


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_doubles_of_attributes_read_back_the_same(number: float) -> None:
    assert float(double_text(number)) == number
