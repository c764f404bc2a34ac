"""Values and requests at random, out of the corners of their types."""

from __future__ import annotations

import struct
from random import Random
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Value = Any

WORDS = (
    "",
    "a",
    "GET",
    "http.method",
    "error",
    "Error",
    "x=y",
    "hello world",
    "JSONData",
    "some_name",
    "SomeName2",
    "ünïcödé",
    "日本",
    "  pad  ",
)
_INTS = (0, 1, -1, 2, 7, 10, 255, 256, 1000, 65535, 2**31, -(2**31), 2**53, 2**63 - 1, -(2**63))
_FLOATS = (0.0, -0.0, 1.0, -1.5, 0.1, 1e-7, 1e21, 1e20, 123456789.0, 3.14159, 1e300, -1e-300, 100.0, 2.5, 1 / 3)
_ALPHABET = "abcABC012 _-.,:;=/\\'\"<>&|%$#@!?*()[]{}\t\nüß日é"


def text(random: Random) -> str:
    """Return a word, or up to a dozen characters that mean something to parsers."""
    if random.random() < 0.5:
        return random.choice(WORDS)
    return "".join(random.choice(_ALPHABET) for _ in range(random.randint(0, 12)))


def integer(random: Random) -> int:
    """Return a small number, a corner of the type, or any of 64 bits."""
    return random.choice((random.randint(-20, 20), random.choice(_INTS), random.getrandbits(64) - 2**63))


def double(random: Random) -> float:
    """Return a common number, a corner of the type, or any bit pattern but NaN."""
    if random.random() < 0.7:
        return random.choice((random.choice(_FLOATS), round(random.uniform(-1000, 1000), random.randint(0, 6))))
    value: float = struct.unpack("<d", random.randbytes(8))[0]
    return value if value == value else 0.5


def scalar(random: Random) -> Value:
    """Return a value without members."""
    return random.choice(
        (text(random), integer(random), double(random), random.random() < 0.5, random.randbytes(random.randint(0, 5)), None)
    )


def value(random: Random, depth: int = 2) -> Value:
    """Return any value; lists and maps as deep as said."""
    if depth == 0 or random.random() < 0.6:
        return scalar(random)
    size = random.randint(0, 4)
    if random.random() < 0.5:
        return [value(random, depth - 1) for _ in range(size)]
    return {text(random): value(random, depth - 1) for _ in range(size)}


def fill(message: Any, content: Value) -> None:
    """Set an AnyValue."""
    match content:
        case None:
            message.SetInParent()
        case bool():
            message.bool_value = content
        case int():
            message.int_value = content
        case float():
            message.double_value = content
        case str():
            message.string_value = content
        case bytes():
            message.bytes_value = content
        case list():
            message.array_value.SetInParent()
            for member in content:
                fill(message.array_value.values.add(), member)
        case _:
            message.kvlist_value.SetInParent()
            for key, member in content.items():
                fill(message.kvlist_value.values.add(key=key).value, member)


def fill_attributes(entries: Any, attributes: dict[str, Value]) -> None:
    """Set a list of KeyValue."""
    for key, content in attributes.items():
        fill(entries.add(key=key).value, content)


def attributes(random: Random, most: int = 5) -> dict[str, Value]:
    """Return attributes with keys that occur often, so that conditions meet them."""
    keys = ("http.method", "http.status_code", "service.name", "error", "user.id", "k", "")
    return {random.choice(keys): value(random) for _ in range(random.randint(0, most))}


def logs(random: Random) -> ExportLogsServiceRequest:
    """Return a request of a few log records."""
    request = ExportLogsServiceRequest()
    for _ in range(random.randint(1, 3)):
        group = request.resource_logs.add(schema_url=random.choice(("", "https://schema")))
        fill_attributes(group.resource.attributes, attributes(random))
        for _ in range(random.randint(1, 2)):
            scope = group.scope_logs.add()
            scope.scope.name = text(random)
            for _ in range(random.randint(1, 5)):
                record = scope.log_records.add(
                    time_unix_nano=random.getrandbits(62),
                    severity_number=random.randint(0, 24),
                    severity_text=text(random),
                    trace_id=random.choice((b"", random.randbytes(16))),
                    flags=random.choice((0, 1)),
                )
                fill(record.body, value(random))
                fill_attributes(record.attributes, attributes(random))
    return request


def traces(random: Random) -> ExportTraceServiceRequest:
    """Return a request of a few spans."""
    request = ExportTraceServiceRequest()
    for _ in range(random.randint(1, 3)):
        group = request.resource_spans.add()
        fill_attributes(group.resource.attributes, attributes(random))
        scope = group.scope_spans.add()
        scope.scope.name = text(random)
        for _ in range(random.randint(1, 5)):
            start = random.getrandbits(60)
            span = scope.spans.add(
                trace_id=random.randbytes(16),
                span_id=random.randbytes(8),
                parent_span_id=random.choice((b"", random.randbytes(8))),
                name=text(random),
                kind=random.randint(0, 5),
                start_time_unix_nano=start,
                end_time_unix_nano=start + random.getrandbits(40),
            )
            span.status.code = random.randint(0, 2)
            fill_attributes(span.attributes, attributes(random))
            for _ in range(random.randint(0, 2)):
                event = span.events.add(name=text(random), time_unix_nano=start)
                fill_attributes(event.attributes, attributes(random, 2))
    return request


def metrics(random: Random) -> ExportMetricsServiceRequest:
    """Return a request of a few metrics: gauges, sums and histograms."""
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    fill_attributes(group.resource.attributes, attributes(random))
    scope = group.scope_metrics.add()
    for _ in range(random.randint(1, 5)):
        metric = scope.metrics.add(name=text(random) or "m", unit=random.choice(("", "s", "By")))
        kind = random.choice(("gauge", "sum", "histogram"))
        for _ in range(random.randint(1, 3)):
            point: Any = getattr(metric, kind).data_points.add(time_unix_nano=random.getrandbits(60))
            fill_attributes(point.attributes, attributes(random, 3))
            if kind == "histogram":
                point.count, point.sum = 3, double(random)
                point.explicit_bounds.extend((1.0, 2.0))
                point.bucket_counts.extend((1, 1, 1))
            elif random.random() < 0.5:
                point.as_int = integer(random)
            else:
                point.as_double = double(random)
        if kind != "gauge":
            getattr(metric, kind).aggregation_temporality = random.choice((1, 2))
    return request
