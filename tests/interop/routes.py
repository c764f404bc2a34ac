"""Configurations of collectors that hand requests on: Go's and ours take the same text.

A route is a port that takes OTLP/gRPC in plain text and an exporter of its own behind it, so that one collector sends in many
ways at once. It has neither a queue nor, unless asked for, retries: who sends to the port hears what the exporter's peer said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.interop.arrivals import SIGNALS
from tests.interop.collectors import SILENT
from tests.interop.variants import SECURITIES, Certificates, Protocol, Security, url

MAX_MIB = 16
NO_RETRY: dict[str, object] = {"enabled": False}
QUICK_RETRY: dict[str, object] = {"initial_interval": "100ms", "max_interval": "200ms", "max_elapsed_time": "60s"}


ReceiverPorts = Mapping[Security, tuple[int, int]]
"""Ports by security: gRPC's and HTTP's."""
RECEIVER_PORTS = 2 * len(SECURITIES)


def receiver_ports(numbers: Sequence[int]) -> ReceiverPorts:
    """Give out RECEIVER_PORTS of them."""
    left = iter(numbers)
    return {security: (next(left), next(left)) for security in SECURITIES}


@dataclass(frozen=True, slots=True)
class Way:
    """How a request travels."""

    protocol: Protocol
    compression: str = "none"
    security: Security = "plain"

    @property
    def name(self) -> str:
        """Words joined by dashes."""
        return f"{self.protocol}-{self.compression}-{self.security}".replace("/", "-")


def exporter(way: Way, port: int, certificates: Certificates, **more: object) -> tuple[str, dict[str, object]]:
    """Return type and settings of the exporter that goes this way to a port of 127.0.0.1."""
    settings: dict[str, object] = {
        "compression": way.compression,
        "sending_queue": {"enabled": False},
        "retry_on_failure": NO_RETRY,
        **certificates.of_client(way.security),
    }
    if way.protocol == "grpc":
        return "otlp_grpc", {"endpoint": f"127.0.0.1:{port}"} | settings | more
    settings["encoding"] = way.protocol.removeprefix("http/").replace("protobuf", "proto")
    return "otlp_http", {"endpoint": url(way.security, port)} | settings | more


def sending(routes: Mapping[str, tuple[int, tuple[str, dict[str, object]]]]) -> dict[str, object]:
    """Return a collector with these routes: by name the port, and the exporter as `exporter` returns it."""
    receivers: dict[str, object] = {}
    exporters: dict[str, object] = {}
    pipelines: dict[str, object] = {}
    for name, (port, (kind, settings)) in routes.items():
        block = {"endpoint": f"127.0.0.1:{port}", "max_recv_msg_size_mib": MAX_MIB}
        receivers[f"otlp/{name}"] = {"protocols": {"grpc": block}}
        exporters[f"{kind}/{name}"] = settings
        for signal in SIGNALS:
            pipelines[f"{signal}/{name}"] = {"receivers": [f"otlp/{name}"], "exporters": [f"{kind}/{name}"]}
    return {"receivers": receivers, "exporters": exporters, "service": {"telemetry": SILENT, "pipelines": pipelines}}


def taking(ports: ReceiverPorts, certificates: Certificates, exporters: Mapping[str, object]) -> dict[str, Any]:
    """Return a collector with a receiver for each security, gRPC's port and HTTP's; `exporters` get everything.

    An exporter whose name ends with a signal, as the file exporters' do, gets that signal.
    """
    receivers: dict[str, object] = {}
    for security, (grpc, http) in ports.items():
        tls = certificates.of_server(security)
        blocks: dict[str, dict[str, object]] = {
            "grpc": {"endpoint": f"127.0.0.1:{grpc}", "max_recv_msg_size_mib": MAX_MIB, **tls},
            "http": {"endpoint": f"127.0.0.1:{http}", **tls},
        }
        receivers[f"otlp/{security}"] = {"protocols": blocks}
    pipelines = {
        signal: {
            "receivers": list(receivers),
            "exporters": [name for name in exporters if name.partition("/")[2] in {"", signal}],
        }
        for signal in SIGNALS
    }
    return {
        "receivers": receivers,
        "exporters": dict(exporters),
        "service": {"telemetry": dict(SILENT), "pipelines": pipelines},
    }
