"""Prepared OTLP requests for the generator: a body, and where in it the trace ids stand that are written anew each time.

An item with ten attributes is about 475 bytes: what an instrumented web service sends for a server span.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tests.benchmarks.collector.scenarios import Load, Signal

SPANS_IN_A_TRACE = 4
# Trace ids inside a compressed body cannot be rewritten, so that many bodies are taken in turn.
PACKED_VARIANTS = 16
GZIP_LEVEL = 6  # what the exporters of SDKs use
_START = 1_700_000_000_000_000_000

_COMMON = (
    ("http.request.method", "GET"),
    ("url.scheme", "https"),
    ("server.address", "shop.example.com"),
    ("url.path", ""),
    ("http.route", "/api/v1/products/{category}"),
    ("http.response.status_code", 200),
    ("user_agent.original", "Mozilla/5.0 (X11; Linux)"),
    ("client.address", ""),
    ("network.protocol.version", "1.1"),
    ("enduser.id", ""),
)


@dataclass(frozen=True, slots=True)
class Body:
    """One request. `traces` has for each trace the offsets of its 16-byte id in `content`; empty where none may be written."""

    content: bytes
    traces: list[list[int]]


def trace_id(variant: int, number: int) -> bytes:
    """Return the 16 bytes that mark a trace in a prepared body; no other bytes in it are equal to them."""
    return hashlib.sha256(f"variant {variant}, trace {number}".encode()).digest()[:16]


def traces_in(items: int) -> int:
    """Return how many traces that many spans or records belong to."""
    return -(-items // SPANS_IN_A_TRACE)


def request(signal: Signal, items: int, attributes: int, variant: int = 0) -> bytes:
    """Return a request of one resource and one scope with `items` spans, points of one metric each, or records."""
    resource = Resource(attributes=[_attribute("service.name", "shop"), _attribute("k8s.pod.name", "shop-6c7d8f9b5-x2x4z")])
    scope = InstrumentationScope(name="shop.web", version="1.4.2")
    numbers = range(items)
    message: Message
    match signal:
        case "traces":
            spans = [_span(number, attributes, variant) for number in numbers]
            scoped = ScopeSpans(scope=scope, spans=spans)
            message = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=resource, scope_spans=[scoped])])
        case "metrics":
            metrics = [_metric(number, attributes, variant) for number in numbers]
            group = ScopeMetrics(scope=scope, metrics=metrics)
            message = ExportMetricsServiceRequest(resource_metrics=[ResourceMetrics(resource=resource, scope_metrics=[group])])
        case "logs":
            records = [_record(number, attributes, variant) for number in numbers]
            lines = ScopeLogs(scope=scope, log_records=records)
            message = ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource, scope_logs=[lines])])
    return message.SerializeToString()


def places(content: bytes, identity: bytes) -> Iterator[int]:
    """Yield the offsets at which an id stands."""
    at = content.find(identity)
    while at >= 0:
        yield at
        at = content.find(identity, at + len(identity))


def bodies(load: Load) -> list[Body]:
    """Return the requests to send in turn: one whose ids are rewritten, or several that are compressed."""
    if load.gzip:
        variants = [request(load.signal, load.items, load.attributes, variant) for variant in range(PACKED_VARIANTS)]
        return [Body(gzip.compress(plain, GZIP_LEVEL, mtime=0), []) for plain in variants]
    content = request(load.signal, load.items, load.attributes)
    found = [list(places(content, trace_id(0, number))) for number in range(traces_in(load.items))]
    return [Body(content, [trace for trace in found if trace])]


def write(load: Load, folder: Path) -> Path:
    """Write the bodies into a folder and return the file that describes them to the generator."""
    described = []
    for number, body in enumerate(bodies(load)):
        (folder / f"{load.key}.{number}").write_bytes(body.content)
        described.append({"file": f"{load.key}.{number}", "traces": body.traces})
    index = folder / f"{load.key}.json"
    encoding = "gzip" if load.gzip else ""
    index.write_text(json.dumps({"signal": load.signal, "items": load.items, "encoding": encoding, "bodies": described}))
    return index


def _attribute(key: str, value: str | int) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(int_value=value) if isinstance(value, int) else AnyValue(string_value=value))


def _attributes(count: int, number: int) -> list[KeyValue]:
    """Return `count` attributes, the usual ten first; some differ between items, as they do in life."""
    seed = _seed(number)
    own: dict[str, str | int] = {
        "url.path": f"/api/v1/products/{seed[:4].hex()}/recommendations",
        "client.address": ".".join(str(part) for part in seed[4:8]),
        "enduser.id": user(number),
    }
    usual = [_attribute(key, own.get(key, value)) for key, value in _COMMON[:count]]
    return usual + [_attribute(f"app.detail.{extra:02d}", seed[extra % 24 :][:6].hex()) for extra in range(count - len(usual))]


def user(number: int) -> str:
    """Return the user's id on an item."""
    return f"user-{_seed(number)[8:12].hex()}"


def _seed(number: int) -> bytes:
    return hashlib.sha256(f"item {number}".encode()).digest()


def _time(number: int) -> int:
    """Return a start in nanoseconds: traces begin within a minute, and the items of one a millisecond after each other."""
    trace, place = divmod(number, SPANS_IN_A_TRACE)
    return _START + int.from_bytes(_seed(trace)[:4], "big") * 14 + place * 1_000_000


def _identity(number: int, variant: int) -> tuple[bytes, bytes]:
    return trace_id(variant, number // SPANS_IN_A_TRACE), hashlib.sha256(f"span {number}".encode()).digest()[:8]


def _span(number: int, attributes: int, variant: int) -> Span:
    trace, span = _identity(number, variant)
    return Span(
        trace_id=trace,
        span_id=span,
        parent_span_id=b"" if number % SPANS_IN_A_TRACE == 0 else _identity(number - 1, variant)[1],
        name="GET /api/v1/products/{category}",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=_time(number),
        end_time_unix_nano=_time(number) + int.from_bytes(_seed(number)[4:7], "big"),
        attributes=_attributes(attributes, number),
        status=Status(code=Status.STATUS_CODE_OK),
    )


def _metric(number: int, attributes: int, variant: int) -> Metric:
    point = NumberDataPoint(
        attributes=_attributes(attributes, number),
        start_time_unix_nano=_START,
        time_unix_nano=_START + 60_000_000_000,
        as_int=number + variant,
    )
    cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    summed = Sum(data_points=[point], aggregation_temporality=cumulative, is_monotonic=True)
    return Metric(name="http.server.request.count", unit="{request}", sum=summed)


def _record(number: int, attributes: int, variant: int) -> LogRecord:
    trace, span = _identity(number, variant)
    return LogRecord(
        time_unix_nano=_time(number),
        observed_time_unix_nano=_time(number) + 1000,
        severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
        severity_text="INFO",
        body=AnyValue(string_value="recommendations served from cache"),
        attributes=_attributes(attributes, number),
        trace_id=trace,
        span_id=span,
    )
