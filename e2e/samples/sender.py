"""Runs in a pod: sends failed traces of two spans to the layer in front of the sampling one, each span in its own request.

Argument: how many traces.
"""

import secrets
import sys
import time
import urllib.request

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

URL = "http://traces-collector:4318/v1/traces"


def send(traces: list[bytes], *, failed: bool) -> None:
    """Post one span of each trace; an answer other than 200 ends the program."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for trace_id in traces:
        now = time.time_ns()
        span = spans.add(name="order", trace_id=trace_id, span_id=secrets.token_bytes(8), start_time_unix_nano=now - 1000)
        span.end_time_unix_nano = now
        span.status.code = 2 if failed else 0
    headers = {"Content-Type": "application/x-protobuf"}
    call = urllib.request.Request(URL, data=request.SerializeToString(), headers=headers)
    with urllib.request.urlopen(call, timeout=30):
        pass


if __name__ == "__main__":
    made = [secrets.token_bytes(16) for _ in range(int(sys.argv[1]))]
    send(made, failed=False)
    send(made, failed=True)
