"""What a collector's file exporter wrote, read with the stock protobuf classes: one request after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Signal = Literal["traces", "metrics", "logs"]
SIGNALS: tuple[Signal, ...] = ("traces", "metrics", "logs")
REQUESTS: dict[Signal, type[Message]] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}
_LENGTH_BYTES = 4


class Arrivals:
    """Reads the files `<signal>.bin` in a folder as they grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets = dict.fromkeys(SIGNALS, 0)

    def exporters(self) -> dict[str, object]:
        """Return the file exporters of a configuration that writes here, `file/<signal>` each."""
        return {
            f"file/{signal}": {"path": str(self._folder / f"{signal}.bin"), "format": "proto", "flush_interval": "0s"}
            for signal in SIGNALS
        }

    def take(self, signal: Signal) -> list[Message]:
        """Return the requests that were written whole since the last call."""
        with (self._folder / f"{signal}.bin").open("rb") as file:
            file.seek(self._offsets[signal])
            data = file.read()
        requests: list[Message] = []
        at = 0
        while len(data) - at >= _LENGTH_BYTES:
            end = at + _LENGTH_BYTES + int.from_bytes(data[at : at + _LENGTH_BYTES])
            if end > len(data):
                break
            requests.append(REQUESTS[signal].FromString(data[at + _LENGTH_BYTES : end]))
            at = end
        self._offsets[signal] += at
        return requests

    def take_all(self) -> dict[Signal, list[Message]]:
        """Return the requests of each signal."""
        return {signal: self.take(signal) for signal in SIGNALS}
