"""The configuration of a measured collector. Both take the same text."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from tests.benchmarks.collector.processing import PROCESSING
from tests.benchmarks.collector.scenarios import Load, Protocol

# Far above what either needs: a refusal would be an error of the row. The largest requests (8192 items) are 4 MB.
LIMIT_MIB = 3000
LARGEST_REQUEST_MIB = 16


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on 127.0.0.1: what the collector opens, and the sink's two."""

    grpc: int
    http: int
    telemetry: int
    sink: int
    control: int

    def of(self, protocol: Protocol) -> int:
        return self.grpc if protocol == "grpc" else self.http


def passthrough(load: Load, ports: Ports) -> str:
    """Return OTLP in, memory_limiter, what the load says, batch, OTLP out by the same protocol and compression: one signal."""
    processors = {"memory_limiter": _LIMITER, **PROCESSING[load.processing].processors, "batch": {}}
    return _document(ports, (load.signal,), load.protocol, "gzip" if load.gzip else "none", processors)


def idle(ports: Ports) -> str:
    """Return OTLP in, batch, OTLP out for all signals, compression and all else as by default."""
    return _document(ports, ("traces", "metrics", "logs"), "grpc", "gzip", {"batch": {}})


def telemetry_on(port: int) -> dict[str, object]:
    """Return the collector's own metrics on a page, whose port also tells that it has started."""
    return {"metrics": {"readers": [{"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": port}}}}]}}


_LIMITER = {"check_interval": "1s", "limit_mib": LIMIT_MIB}


def _document(ports: Ports, signals: tuple[str, ...], protocol: Protocol, compression: str, processors: dict[str, object]) -> str:
    if protocol == "grpc":
        exporter, settings = "otlp_grpc", {"endpoint": f"127.0.0.1:{ports.sink}", "tls": {"insecure": True}}
    else:
        exporter, settings = "otlp_http", {"endpoint": f"http://127.0.0.1:{ports.sink}"}
    receivers = {
        "grpc": {"endpoint": f"127.0.0.1:{ports.grpc}", "max_recv_msg_size_mib": LARGEST_REQUEST_MIB},
        "http": {"endpoint": f"127.0.0.1:{ports.http}"},
    }
    pipeline = {"receivers": ["otlp"], "processors": list(processors), "exporters": [exporter]}
    return yaml.safe_dump(
        {
            "receivers": {"otlp": {"protocols": receivers}},
            "processors": processors,
            "exporters": {exporter: {**settings, "compression": compression}},
            "service": {
                "telemetry": telemetry_on(ports.telemetry),
                "pipelines": {signal: dict(pipeline) for signal in signals},
            },
        },
        sort_keys=False,
    )
