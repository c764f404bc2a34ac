"""The view of metrics down to their points: nothing is lost by decoding and encoding again."""

from typing import Any

import pytest

from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.points import KINDS, attributes_in, parse_metrics, parse_points
from otel_agent.pdata.schemas import message_classes
from otel_agent.pdata.telemetry import Signal


def request() -> Any:
    """A request with a point of each kind, presence of zeros, exemplars, attributes, schema URLs and flags."""
    message = REQUESTS[Signal.METRICS]()
    resource = message.resource_metrics.add(schema_url="r")
    resource.resource.attributes.add(key="a").value.int_value = 0
    scope = resource.scope_metrics.add(schema_url="s")
    scope.scope.name = "lib"
    for kind in KINDS:
        metric = scope.metrics.add(name=kind, description="d", unit="s")
        metric.metadata.add(key="prometheus.type").value.string_value = "unknown"
        data = getattr(metric, kind)
        if hasattr(data, "aggregation_temporality"):
            data.aggregation_temporality = 1
        point = data.data_points.add(time_unix_nano=2, start_time_unix_nano=1, flags=1)
        point.attributes.add(key="k").value.string_value = "v"
        if hasattr(point, "exemplars"):
            point.exemplars.add(as_double=1.5, trace_id=bytes(range(16)))
    gauge, total, histogram, exponential, summary = scope.metrics
    gauge.gauge.data_points[0].as_int = 0
    total.sum.data_points[0].as_double = 0.0
    total.sum.is_monotonic = True
    for point in (histogram.histogram.data_points[0], exponential.exponential_histogram.data_points[0]):
        point.count, point.sum, point.min, point.max = 3, 0.0, 0.0, 2.5
    histogram.histogram.data_points[0].bucket_counts.extend([0, 3])
    histogram.histogram.data_points[0].explicit_bounds.append(1.0)
    exponential.exponential_histogram.data_points[0].positive.bucket_counts.extend([1, 300])
    exponential.exponential_histogram.data_points[0].scale = -3
    summary.summary.data_points[0].quantile_values.add(quantile=0.5, value=1.0)
    return message


def test_decoding_and_encoding_again_changes_nothing() -> None:
    sent = request()
    assert REQUESTS[Signal.METRICS].FromString(parse_points(sent.SerializeToString()).SerializeToString()) == sent


def test_attributes_and_exemplars_stay_as_they_were_encoded() -> None:
    sent = request()
    point = parse_points(sent.SerializeToString()).resource_metrics[0].scope_metrics[0].metrics[1].sum.data_points[0]
    original = sent.resource_metrics[0].scope_metrics[0].metrics[1].sum.data_points[0]
    assert list(point.attributes) == [each.SerializeToString() for each in original.attributes]
    assert list(point.exemplars) == [each.SerializeToString() for each in original.exemplars]


@pytest.mark.parametrize("data", [b"\x0a\xff", b"\x0a\x03\x12\x01\x12", b"\xff"])
def test_malformed_requests_are_told(data: bytes) -> None:
    with pytest.raises(InvalidTelemetry, match="malformed metrics request"):
        parse_points(data)


def test_a_schema_has_optional_repeated_and_alternative_fields() -> None:
    classes = message_classes("test.schemas", {"A": "?n=1:int32 *b=2:B one|x=3:string one|y=4:bytes", "B": "*v=1:sint64"})
    made = classes("A")(n=0, x="first")
    made.y = b"last"
    made.b.add().v.extend([-1, 1])
    read = classes("A").FromString(made.SerializeToString())
    assert (read.HasField("n"), read.WhichOneof("one"), list(read.b[0].v)) == (True, "y", [-1, 1])
    assert made.SerializeToString() == b"\x08\x00\x12\x04\x0a\x02\x01\x02\x22\x04last"


def test_points_of_gauges_and_sums_are_plain_values() -> None:
    sent = request()
    gauge, total = parse_metrics(sent.SerializeToString()).resource_metrics[0].scope_metrics[0].metrics[:2]
    original = sent.resource_metrics[0].scope_metrics[0].metrics[1].sum.data_points[0]
    temporality, monotonic, [(fields, time, start, value, flags, exemplars)] = kernel.number_points(total.sum)
    assert (temporality, monotonic, time, start, value, flags) == (1, True, 2, 1, 0.0, 1)
    assert type(value) is float
    assert list(attributes_in(fields)) == [each.SerializeToString() for each in original.attributes]
    assert exemplars == [each.SerializeToString() for each in original.exemplars]
    _, monotonic, [(_, _, _, value, _, _)] = kernel.number_points(gauge.gauge)
    assert (monotonic, value, type(value)) == (False, 0, int)


def test_malformed_points_are_told() -> None:
    with pytest.raises(InvalidTelemetry, match="malformed metrics request"):
        kernel.number_points(b"\x0a\x02\x3a\x05")
