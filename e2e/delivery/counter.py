"""Runs in the sink's pod: counts what its file exporter wrote (length-prefixed protobuf) and prints JSON.

Argument: the folder with traces.pb, metrics.pb and logs.pb.
For each signal and protocol: items seen, and how many different ones.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def messages(path: Path) -> Iterator[bytes]:
    """Whole messages of a file; a torn last one is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        while len(header := file.read(4)) == 4:
            size = int.from_bytes(header, "big")
            if len(body := file.read(size)) == size:
                yield body


def names(folder: Path) -> Iterator[tuple[str, str]]:
    """Signal and `<protocol>/<number>` of every item."""
    for body in messages(folder / "traces.pb"):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            yield from (("traces", span.name) for scope in resource.scope_spans for span in scope.spans)
    for body in messages(folder / "metrics.pb"):
        for resource_metrics in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope_metrics in resource_metrics.scope_metrics:
                for metric in scope_metrics.metrics:
                    yield from (("metrics", f"{metric.name}/{point.as_int}") for point in metric.gauge.data_points)
    for body in messages(folder / "logs.pb"):
        for resource_logs in ExportLogsServiceRequest.FromString(body).resource_logs:
            yield from (("logs", record.body.string_value) for scope in resource_logs.scope_logs for record in scope.log_records)


def main(folder: str) -> None:
    """Print {signal: {protocol: [seen, different]}}."""
    seen: dict[str, dict[str, int]] = {}
    different: dict[str, dict[str, set[str]]] = {}
    for signal, name in names(Path(folder)):
        protocol, number = name.split("/")
        seen.setdefault(signal, {}).setdefault(protocol, 0)
        seen[signal][protocol] += 1
        different.setdefault(signal, {}).setdefault(protocol, set()).add(number)
    print(json.dumps({s: {p: [n, len(different[s][p])] for p, n in per.items()} for s, per in seen.items()}))


if __name__ == "__main__":
    main(sys.argv[1])
