"""Runs in a pod: sends the guide's three signals to otel-agent, once.

Traces by name: error-<n> (two spans, one of them failed), slow-<n> (1.5 s), health-<n> (fast), interleaved. A counter and a
histogram with exemplars, and log records. Argument: how many of each kind of trace; ten times as many healthy ones.
"""

import secrets
import sys
import time
import urllib.request

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE_OF_EXEMPLAR = bytes(range(1, 17))


def send(signal: str, body: bytes) -> None:
    """Post; an answer other than 200 ends the program."""
    headers = {"Content-Type": "application/x-protobuf"}
    call = urllib.request.Request(f"http://otel-agent:4318/v1/{signal}", data=body, headers=headers)
    with urllib.request.urlopen(call, timeout=30):
        pass


def add_trace(request: ExportTraceServiceRequest, name: str, seconds: float, *, failed: bool) -> None:
    """Add a trace of two spans; the second one may fail."""
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = resource.scope_spans.add()
    trace_id, now = secrets.token_bytes(16), time.time_ns()
    root = scope.spans.add(name=name, trace_id=trace_id, span_id=secrets.token_bytes(8))
    child = scope.spans.add(name=name, trace_id=trace_id, span_id=secrets.token_bytes(8), parent_span_id=root.span_id)
    root.start_time_unix_nano, root.end_time_unix_nano = now - int(seconds * 1e9), now
    child.start_time_unix_nano, child.end_time_unix_nano = root.start_time_unix_nano + 1, now - 1
    child.status.code = 2 if failed else 0


def traces(count: int) -> None:
    """Send all traces, two hundred a request."""
    kinds = [(f"error-{n}", 0.1, True) for n in range(count)] + [(f"slow-{n}", 1.5, False) for n in range(count)]
    kinds += [(f"health-{n}", 0.1, False) for n in range(10 * count)]
    for first in range(0, len(kinds), 200):
        request = ExportTraceServiceRequest()
        for name, seconds, failed in kinds[first : first + 200]:
            add_trace(request, name, seconds, failed=failed)
        send("traces", request.SerializeToString())


def metrics() -> None:
    """Send a counter and a histogram whose exemplars name a trace."""
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope, now = resource.scope_metrics.add(), time.time_ns()
    counter = scope.metrics.add(name="checkouts").sum
    counter.is_monotonic, counter.aggregation_temporality = True, 2
    histogram = scope.metrics.add(name="http.server.request.duration", unit="s").histogram
    histogram.aggregation_temporality = 2
    points = (
        counter.data_points.add(as_int=3),
        histogram.data_points.add(count=2, sum=0.7, explicit_bounds=[0.5, 1.0], bucket_counts=[1, 1, 0]),
    )
    for point, value in zip(points, (1.0, 0.6), strict=True):
        point.start_time_unix_nano, point.time_unix_nano = now - 10**9, now
        exemplar = point.exemplars.add(as_double=value, time_unix_nano=now - 10**8)
        exemplar.trace_id, exemplar.span_id = TRACE_OF_EXEMPLAR, TRACE_OF_EXEMPLAR[:8]
    send("metrics", request.SerializeToString())


def logs(count: int) -> None:
    """Send log records."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    scope = resource.scope_logs.add()
    for number in range(count):
        record = scope.log_records.add(time_unix_nano=time.time_ns(), severity_text="INFO", severity_number=9)
        record.body.string_value = f"otlp-{number}"
    send("logs", request.SerializeToString())


if __name__ == "__main__":
    traces(int(sys.argv[1]))
    metrics()
    logs(int(sys.argv[1]))
    print("sent everything", flush=True)
