"""Runs in Tempo's place's pod: prints the names of the traces that its file exporter wrote, with their spans, as JSON.

Argument: the file, of length-prefixed protobuf.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def main(path: Path) -> None:
    """Print {name: spans}."""
    spans: Counter[str] = Counter()
    data = path.read_bytes() if path.exists() else b""
    at = 0
    while len(body := data[at + 4 : at + 4 + (size := int.from_bytes(data[at : at + 4], "big"))]) == size > 0:
        at += 4 + size
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            spans.update(span.name for scope in resource.scope_spans for span in scope.spans)
    print(json.dumps(spans))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
