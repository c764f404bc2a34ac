"""Where own telemetry goes: the peers of the OTLP exporters, set up from declarative configuration, or standard output."""

import logging
import sys
from typing import Any, Protocol
from urllib.parse import urlsplit

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.telemetry_readers import OtlpReaderConfig, PushExporter
from otel_agent.pdata.json_writer import request_to_json
from otel_agent.pdata.telemetry import NO_CLIENT, Signal, Telemetry
from otel_agent.pipeline.sending import Peer
from otel_agent.pipeline.status import Status

LOGGER = "otelcol.reporting"
"""What is said about reporting itself; never sent by it, or trouble would feed on itself."""
_log = logging.getLogger(LOGGER)


class Destination(Protocol):
    """Takes requests of one signal."""

    async def open(self) -> None:
        """Make ready; must not wait for the peer."""
        ...

    async def send(self, data: bytes, items: int) -> None:
        """One attempt; raises ConsumeError."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class OtlpDestination:
    """The peer of an OTLP exporter, without its queue and retries: what is not taken is sent again only as newer metrics."""

    def __init__(self, config: OtlpReaderConfig, signal: Signal) -> None:
        self._signal = signal
        self._peer = _grpc_peer(config, signal) if config.protocol == "grpc" else _http_peer(config, signal)

    async def open(self) -> None:
        """Make the channel or session."""
        await self._peer.open(_NO_EXTENSIONS)

    async def send(self, data: bytes, items: int) -> None:
        """Push once."""
        await self._peer.push(Telemetry(self._signal, data, items, NO_CLIENT))

    async def close(self) -> None:
        """Close the channel or session."""
        await self._peer.close()


class ConsoleDestination:
    """Standard output, one request in OTLP's JSON form a line."""

    def __init__(self, signal: Signal) -> None:
        self._signal = signal

    async def open(self) -> None:
        """Nothing to make ready."""

    async def send(self, data: bytes, items: int) -> None:
        """Write a line."""
        sys.stdout.buffer.write(request_to_json(self._signal, data) + b"\n")
        sys.stdout.buffer.flush()

    async def close(self) -> None:
        """Nothing to release."""


def destination_of(exporter: PushExporter, signal: Signal) -> Destination:
    """Return the one destination that an exporter names; ValueError for settings that do not fit together."""
    return OtlpDestination(exporter.otlp, signal) if exporter.otlp is not None else ConsoleDestination(signal)


def _grpc_peer(config: OtlpReaderConfig, signal: Signal) -> Peer:
    from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig
    from otel_agent.exporters.otlp_grpc.peer import GrpcPeer

    settings = {**_client_settings(config, insecure=config.insecure), "endpoint": config.endpoint or "localhost:4317"}
    return GrpcPeer(OtlpGrpcExporterConfig.model_validate(settings), signal, _log)


def _http_peer(config: OtlpReaderConfig, signal: Signal) -> Peer:
    from otel_agent.exporters.otlp_http.config import OtlpHttpExporterConfig
    from otel_agent.exporters.otlp_http.peer import HttpPeer

    endpoint = config.endpoint or "localhost:4318"
    if "://" not in endpoint:
        endpoint = f"{'http' if config.insecure else 'https'}://{endpoint}"
    if urlsplit(endpoint).path in ("", "/"):
        endpoint = f"{endpoint.rstrip('/')}/v1/{signal}"
    settings = {**_client_settings(config, insecure=endpoint.startswith("http://")), f"{signal}_endpoint": endpoint}
    return HttpPeer(OtlpHttpExporterConfig.model_validate(settings), signal, _log)


def _client_settings(config: OtlpReaderConfig, *, insecure: bool) -> dict[str, Any]:
    """Keys that both exporters have."""
    headers = dict(config.headers)
    for pair in filter(None, config.headers_list.split(",")):
        name, _, value = pair.partition("=")
        headers.setdefault(name.strip(), type(config.headers_list)(value.strip()))
    return {
        "compression": config.compression or "none",
        "headers": headers,
        "tls": {
            "insecure": insecure,
            "ca_file": config.certificate,
            "cert_file": config.client_certificate,
            "key_file": config.client_key,
        },
    }


class _NoExtensions:
    """The host of peers outside of any graph."""

    def extension(self, component_id: ComponentId) -> Any:
        """There are none."""
        raise KeyError(component_id)

    def report_fatal(self, component_id: ComponentId, error: Exception) -> None:
        """Ignore it: reporting is no reason to stop."""

    def report_status(self, kind: ComponentKind, component_id: ComponentId, status: Status, error: str = "") -> None:
        """Ignore it: reporting is no component."""


_NO_EXTENSIONS = _NoExtensions()
