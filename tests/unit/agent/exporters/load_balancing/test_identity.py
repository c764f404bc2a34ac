"""Keys that a Go program printed, with contrib's pkg/pdatautil v0.155.0 and Go's own hash/fnv."""

from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint, Metric, NumberDataPoint
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from otel_agent.exporters.load_balancing.identity import metric_hash, resource_key, stream_key


def full() -> Any:
    resource = Resource()
    add = resource.attributes.add
    add(key="yes").value.bool_value = True
    add(key="service.name").value.string_value = "shop"
    add(key="none").value.SetInParent()
    add(key="f").value.double_value = 1.5
    add(key="n").value.int_value = -7
    add(key="no").value.bool_value = False
    add(key="b").value.bytes_value = b"\0\1\2"
    members = add(key="m").value.kvlist_value.values
    members.add(key="z").value.string_value = "1"
    members.add(key="a").value.string_value = "ü"
    values = add(key="l").value.array_value.values
    values.add().string_value = "x"
    values.add().int_value = 3
    return resource


def test_resources_have_the_keys_that_go_gives_them() -> None:
    assert resource_key(Resource()) == b"resource/88201fb960ff6465"
    assert resource_key(full()) == b"resource/e87f6271100be2c5"


def test_streams_have_the_keys_that_go_gives_them() -> None:
    scope = InstrumentationScope(name="library", version="1.2")
    scope.attributes.add(key="s").value.string_value = "v"
    metric = Metric(name="requests", unit="1")
    metric.sum.is_monotonic, metric.sum.aggregation_temporality = True, 2
    point = NumberDataPoint()
    point.attributes.add(key="route").value.string_value = "/pay"
    assert stream_key(metric_hash(full(), scope, metric, "sum"), point) == b"stream/cf2b97a4c0515f9d"

    metric = Metric(name="latency", unit="s")
    metric.histogram.aggregation_temporality = 1
    hashed = metric_hash(Resource(), InstrumentationScope(), metric, "histogram")
    assert stream_key(hashed, HistogramDataPoint()) == b"stream/c472ccd213529209"


def test_of_a_key_that_occurs_twice_the_first_value_counts() -> None:
    one, other = Resource(), Resource()
    for resource, values in ((one, "ab"), (other, "ac")):
        for value in values:
            resource.attributes.add(key="k").value.string_value = value
    assert resource_key(one) == resource_key(other)
