"""What goes together, and that nothing is lost or doubled by dividing."""

import zlib
from collections import Counter
from typing import Any

import pytest

from otel_agent.exporters.load_balancing.ring import make_ring
from otel_agent.exporters.load_balancing.routing import division
from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import Signal

RING = make_ring([f"gateway-{number}:4317" for number in range(5)])


def owner(key: bytes) -> int:
    return RING.owner(key)


def traces(*spans: tuple[str, bytes, dict[str, str]]) -> bytes:
    """Spans as (service, trace id, attributes), each in a resource of its own; their names are numbers."""
    request = REQUESTS[Signal.TRACES]()
    for number, (service, trace_id, attributes) in enumerate(spans):
        resource = request.resource_spans.add(schema_url="s")
        if service:
            resource.resource.attributes.add(key="service.name").value.string_value = service
        scope = resource.scope_spans.add()
        scope.scope.name = "library"
        span = scope.spans.add(name=str(number), trace_id=trace_id, kind=2)
        for key, value in attributes.items():
            span.attributes.add(key=key).value.string_value = value
    data: bytes = request.SerializeToString()
    return data


def placed(data: bytes, key: Any, attributes: list[str] | None = None) -> dict[str, int]:
    """Owner of each span by name, after checking that the parts are whole."""
    parts = division(Signal.TRACES, key, attributes or [])(data, RING)
    found: dict[str, int] = {}
    for part in parts:
        assert kernel.check(Signal.TRACES, part.data) == part.items
        for resource in parse(Signal.TRACES, part.data).resource_spans:
            assert resource.schema_url == "s"
            for scope in resource.scope_spans:
                assert scope.scope.name == "library"
                for span in scope.spans:
                    assert span.name not in found
                    found[span.name] = part.owner
    assert len({part.owner for part in parts}) == len(parts), "one request for each owner"
    return found


def test_spans_of_a_trace_go_to_the_owner_of_its_sixteen_bytes() -> None:
    ids = [bytes([number]) * 16 for number in range(1, 30)]
    data = traces(*[("shop", trace_id, {}) for trace_id in ids + ids])
    expected = {str(number): owner(trace_id) for number, trace_id in enumerate(ids + ids)}
    assert placed(data, "traceID") == expected
    assert placed(data, "") == expected
    assert len(set(expected.values())) == 5


def test_spans_without_a_trace_id_have_a_key_of_zeros() -> None:
    data = traces(("shop", b"", {}), ("shop", bytes(16), {}))
    assert set(placed(data, "traceID").values()) == {owner(bytes(16))}


def test_service_and_its_absence_are_keys() -> None:
    data = traces(*[(service, bytes([number]) * 16, {}) for number, service in enumerate(["a", "b", "", "a", "c"])])
    expected = [owner(key) for key in (b"a", b"b", b"", b"a", b"c")]
    assert placed(data, "service") == {str(number): found for number, found in enumerate(expected)}


def test_attributes_of_resource_and_span_are_put_behind_one_another() -> None:
    data = traces(("shop", b"\1" * 16, {"tenant": "t1"}), ("shop", b"\1" * 16, {}), ("shop", b"\1" * 16, {"service.name": "own"}))
    names = ["service.name", "tenant", "span.kind", "span.name"]
    assert placed(data, "attributes", names) == {
        "0": owner(b"shopt1Server0"),
        "1": owner(b"shopServer1"),
        "2": owner(b"shopServer2"),
    }
    assert set(placed(data, "attributes", ["service.name"]).values()) == {owner(b"shop")}


def test_records_without_trace_id_go_together_and_not_always_to_the_same() -> None:
    request = REQUESTS[Signal.LOGS]()
    records = request.resource_logs.add().scope_logs.add().log_records
    records.add(trace_id=b"\1" * 16)
    records.add()
    records.add(trace_id=bytes(16))
    divide = division(Signal.LOGS, "", [])
    strays = Counter[int]()
    for _ in range(100):
        parts = divide(request.SerializeToString(), RING)
        found = {part.owner: part.items for part in parts}
        assert sum(found.values()) == 3
        assert found[owner(b"\1" * 16)] in (1, 3)
        strays.update(owner for owner, items in found.items() if items >= 2)
    assert len(strays) > 1


def points() -> bytes:
    request = REQUESTS[Signal.METRICS]()
    for service in ("a", "b"):
        resource = request.resource_metrics.add()
        resource.resource.attributes.add(key="service.name").value.string_value = service
        resource.resource.attributes.add(key="host").value.int_value = 7
        scope = resource.scope_metrics.add()
        for name in ("requests", "latency", "empty"):
            metric = scope.metrics.add(name=name, unit="1")
            if name == "requests":
                metric.sum.is_monotonic = True
                for number in range(20):
                    point = metric.sum.data_points.add(as_int=number)
                    point.attributes.add(key="route").value.string_value = f"/{number % 10}"
                    point.attributes.add(key="code").value.int_value = 200
            elif name == "latency":
                metric.histogram.data_points.add(count=1)
    data: bytes = request.SerializeToString()
    return data


@pytest.mark.parametrize("key", ["", "service", "resource", "metric", "streamID", "attributes"])
def test_no_point_is_lost_whatever_the_key(key: Any) -> None:
    parts = division(Signal.METRICS, key, ["route"])(points(), RING)
    assert sum(part.items for part in parts) == 42
    assert all(kernel.check(Signal.METRICS, part.data) == part.items for part in parts)
    kinds = Counter(
        (metric.name, metric.WhichOneof("data"), metric.unit, metric.sum.is_monotonic)
        for part in parts
        for resource in parse(Signal.METRICS, part.data).resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.WhichOneof("data")
    )
    assert set(kinds) == {("requests", "sum", "1", True), ("latency", "histogram", "1", False)}


def owners_of(key: Any, data: bytes, what: Any) -> dict[Any, set[int]]:
    found: dict[Any, set[int]] = {}
    for part in division(Signal.METRICS, key, [])(data, RING):
        for resource in parse(Signal.METRICS, part.data).resource_metrics:
            service = resource.resource.attributes[0].value.string_value
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.sum.data_points:
                        found.setdefault(what(service, metric, point), set()).add(part.owner)
    return found


def test_metric_names_and_services_are_keys_of_metrics() -> None:
    assert owners_of("metric", points(), lambda service, metric, point: metric.name) == {"requests": {owner(b"requests")}}
    by_service = owners_of("service", points(), lambda service, metric, point: service)
    assert by_service == {"a": {owner(b"a")}, "b": {owner(b"b")}}


def test_a_stream_has_one_owner_and_streams_have_several() -> None:
    found = owners_of("streamID", points(), lambda service, metric, point: (service, point.attributes[0].value.string_value))
    assert len(found) == 20
    assert all(len(owners) == 1 for owners in found.values())
    assert len(set.union(*found.values())) > 1


def test_the_order_of_attributes_makes_no_other_resource_or_stream() -> None:
    request = parse(Signal.METRICS, points())
    for resource in request.resource_metrics:
        reordered = list(reversed(resource.resource.attributes))
        del resource.resource.attributes[:]
        resource.resource.attributes.extend(reordered)
        for point in resource.scope_metrics[0].metrics[0].sum.data_points:
            swapped = list(reversed(point.attributes))
            del point.attributes[:]
            point.attributes.extend(swapped)
    for key in ("resource", "streamID"):
        for data in (points(), request.SerializeToString()):
            parts = division(Signal.METRICS, key, [])(data, RING)
            sizes = {part.owner: part.items for part in parts}
            assert sizes == {part.owner: part.items for part in division(Signal.METRICS, key, [])(points(), RING)}


@pytest.mark.parametrize(("signal", "key"), [(Signal.TRACES, "metric"), (Signal.METRICS, "traceID"), (Signal.LOGS, "streamID")])
def test_a_key_that_a_signal_does_not_have_is_refused(signal: Signal, key: Any) -> None:
    with pytest.raises(ValueError, match=f'unsupported routing_key "{key}" for {signal}'):
        division(signal, key, [])


@pytest.mark.parametrize("key", ["traceID", "service", "attributes"])
def test_a_malformed_request_is_refused(key: Any) -> None:
    with pytest.raises(InvalidTelemetry):
        division(Signal.TRACES, key, ["a"])(b"\x0a\x06\x12\x04\x12\x02\x0a\x05\x0a", RING)


def test_the_key_of_a_trace_is_its_crc() -> None:
    assert owner(b"\5" * 16) == int.from_bytes(RING.table[2 * (zlib.crc32(b"\5" * 16) % 36000) :][:2], "little")
