"""What the comparison of stories rests on: values keep their types, and what is missing is found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint, Metric

from tests.interop import payload, reading


def test_one_as_integer_float_and_truth_are_three_values() -> None:
    values = [AnyValue(int_value=1), AnyValue(double_value=1.0), AnyValue(bool_value=True)]
    assert [reading.read(value) for value in values] == [reading.typed(1), reading.typed(1.0), reading.typed(True)]
    kinds = [reading.read(value)[0] for value in values]
    assert len(set(kinds)) == 3


def test_nested_values_are_read_as_they_are_typed() -> None:
    value = {"items": ["a", 2, 0.5, True, b"\x00"], "nested": {"key": "value"}, "none": []}
    written = AnyValue()
    for key, inner in value.items():
        written.kvlist_value.values.append(KeyValue(key=key, value=any_value(inner)))
    assert reading.read(written) == reading.typed(value)


def any_value(value: Any) -> AnyValue:
    kind, inner = reading.typed(value)
    if isinstance(value, list):
        made = AnyValue()
        made.array_value.values.extend(any_value(item) for item in value)
        made.array_value.SetInParent()
        return made
    if isinstance(value, dict):
        made = AnyValue()
        made.kvlist_value.values.extend(KeyValue(key=key, value=any_value(item)) for key, item in value.items())
        return made
    return AnyValue(**{str(kind): inner})


def test_a_key_that_comes_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="twice"):
        reading.read_all([KeyValue(key="a"), KeyValue(key="a")])


def test_exponential_buckets_are_the_same_at_every_scale() -> None:
    points = []
    for scale in (0, 3):
        width = 2**scale
        counts = [0] * (2 * width)
        counts[width - 1], counts[2 * width - 1] = 4, 5
        buckets = ExponentialHistogramDataPoint.Buckets(offset=0, bucket_counts=counts)
        metric = Metric(name="size")
        metric.exponential_histogram.data_points.append(ExponentialHistogramDataPoint(scale=scale, positive=buckets))
        points.append(reading.metric(metric)["points"])
    assert points[0] == points[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda span: span.ClearField("links"),
        lambda span: span.events[0].ClearField("attributes"),
        lambda span: setattr(span, "end_time_unix_nano", span.end_time_unix_nano + 1),
        lambda span: setattr(span.status, "message", ""),
        lambda span: span.attributes.pop(),
        lambda span: span.ClearField("parent_span_id"),
    ],
)
def test_a_span_that_lost_something_reads_differently(change: Callable[[Any], object]) -> None:
    request: Any = payload.full("traces", "test")
    span = request.resource_spans[0].scope_spans[0].spans[0]
    changed = copy.deepcopy(span)
    change(changed)
    assert reading.span(changed) != reading.span(span)
