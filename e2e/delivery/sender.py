"""Runs in a pod: sends numbered spans, points and records by every OTLP protocol, retrying what may be retried, as SDKs do.

Arguments: endpoint host, items a signal and protocol. Every item carries `<protocol>/<number>`,
so the sink can tell what is missing or doubled.
"""

import json
import sys
import time
import urllib.error
import urllib.request

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PER_REQUEST = 250
ATTEMPTS = 60
PAUSE_SECONDS = 0.15
"""Between rounds, so that the whole takes about a minute and the gateway can roll over several times meanwhile."""
METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}


def request(signal: str, protocol: str, first: int, count: int) -> bytes:
    """An export request with items numbered from `first`."""
    numbers = range(first, first + count)
    if signal == "traces":
        spans = ExportTraceServiceRequest()
        scope = spans.resource_spans.add().scope_spans.add()
        for n in numbers:
            scope.spans.add(name=f"{protocol}/{n}", trace_id=n.to_bytes(16, "big"), span_id=(n + 1).to_bytes(8, "big"))
        return spans.SerializeToString()
    if signal == "metrics":
        points = ExportMetricsServiceRequest()
        gauge = points.resource_metrics.add().scope_metrics.add().metrics.add(name=protocol).gauge
        for n in numbers:
            gauge.data_points.add(as_int=n, time_unix_nano=1)
        return points.SerializeToString()
    records = ExportLogsServiceRequest()
    scope_logs = records.resource_logs.add().scope_logs.add()
    for n in numbers:
        scope_logs.log_records.add(time_unix_nano=1).body.string_value = f"{protocol}/{n}"
    return records.SerializeToString()


def json_request(signal: str, protocol: str, first: int, count: int) -> bytes:
    """Build the same as OTLP/JSON, by hand, so that no code of the receiver's is used."""
    numbers = range(first, first + count)
    body: dict[str, object]
    if signal == "traces":
        items = [{"name": f"{protocol}/{n}", "traceId": f"{n:032x}", "spanId": f"{n + 1:016x}"} for n in numbers]
        body = {"resourceSpans": [{"scopeSpans": [{"spans": items}]}]}
    elif signal == "metrics":
        points = [{"asInt": str(n), "timeUnixNano": "1"} for n in numbers]
        body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": protocol, "gauge": {"dataPoints": points}}]}]}]}
    else:
        records = [{"timeUnixNano": "1", "body": {"stringValue": f"{protocol}/{n}"}} for n in numbers]
        body = {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}
    return json.dumps(body).encode()


def as_is(body: bytes) -> bytes:
    """Take bytes for a message: they are encoded already."""
    return body


def send_http(host: str, signal: str, content_type: str, body: bytes) -> bool:
    """Send once; True when taken, False when it may be tried again."""
    call = urllib.request.Request(f"http://{host}:4318/v1/{signal}", data=body, headers={"Content-Type": content_type})
    try:
        with urllib.request.urlopen(call, timeout=30):
            return True
    except urllib.error.HTTPError as error:
        if error.code in (429, 502, 503, 504):
            return False
        raise
    except (ConnectionRefusedError, urllib.error.URLError):
        return False


def main(host: str, total: int) -> None:
    """Send everything, one protocol after the other, the three signals in turn."""
    channel = grpc.insecure_channel(f"{host}:4317")
    exports = {signal: channel.unary_unary(method, as_is, as_is) for signal, method in METHODS.items()}

    def send_grpc(signal: str, first: int, count: int) -> bool:
        try:
            exports[signal](request(signal, "grpc", first, count), timeout=30, wait_for_ready=True)
        except grpc.RpcError as error:
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
                return False
            raise
        return True

    def send_protobuf(signal: str, first: int, count: int) -> bool:
        return send_http(host, signal, "application/x-protobuf", request(signal, "http-protobuf", first, count))

    def send_json(signal: str, first: int, count: int) -> bool:
        return send_http(host, signal, "application/json", json_request(signal, "http-json", first, count))

    senders = {"grpc": send_grpc, "http-protobuf": send_protobuf, "http-json": send_json}
    for first in range(0, total, PER_REQUEST):
        for protocol, send in senders.items():
            for signal in METHODS:
                for attempt in range(ATTEMPTS):
                    if send(signal, first, min(PER_REQUEST, total - first)):
                        break
                    time.sleep(min(0.1 * 2**attempt, 2))
                else:
                    raise SystemExit(f"{protocol} {signal} {first}: not taken after {ATTEMPTS} attempts")
        time.sleep(PAUSE_SECONDS)
        if first % (total // 10) == 0:
            print(f"sent {first} of {total}", flush=True)
    print("sent everything", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
