"""What each port of a receiver serves through the native front end, from the configuration. Pure.

A port takes gRPC and OTLP/HTTP whichever of the two it is configured for (design D13): people mix up 4317 and 4318. The protocol
that a port is not configured for takes the other block's settings where there is one, else the defaults. Who may send, TLS, and
whether headers travel are always the port's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from otel_agent.config.blocks.grpc_server import KeepaliveServerParameters
from otel_agent.config.blocks.http_server import DEFAULT_MAX_REQUEST_BODY_SIZE, CorsConfig
from otel_agent.config.featuregates import ANY_PROTOCOL, WAIT_WHEN_FULL, FeatureGates
from otel_agent.pdata.telemetry import Signal
from otel_agent.receivers.otlp.config import OtlpGrpcConfig, OtlpHttpConfig, OtlpReceiverConfig
from otel_agent.receivers.otlp.native_answers import OVERLOADED, Ready
from otel_agent.transport.grpc_services import export_method

SIGNALS = tuple(Signal)
"""By the number that stands for each in the extension."""
_MAX_CONNECTIONS = 16_384
_MAX_REQUESTS = 4096
"""Requests of a port that wait for their answer; each costs a few KB beside its body."""
_MAX_BYTES = 128 * 1024 * 1024
"""Of all bodies of a port, from their first byte to their answer; a packed one counts with what it unpacks to."""
_MAX_STREAMS = 256
_HEADER_SECONDS = 30.0
_IDLE_SECONDS = 3630.0
"""Longer than any client or proxy keeps a connection."""
_PING_SECONDS = 60.0
_PING_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class CorsRules:
    """Attributes that the extension reads; see `cors.rs` there."""

    any_origin: bool
    origins: list[str]
    exposed: str


@dataclass(frozen=True, slots=True)
class IngressSettings:
    """Attributes that the extension reads; see `settings.rs` there for what each means."""

    grpc: bool
    http: bool
    grpc_paths: list[tuple[str, int]]
    http_paths: list[tuple[str, int]]
    grpc_limit: int
    http_limit: int
    encodings: list[str]
    headers: bool
    raw: bool
    query: bool
    cors: CorsRules | None
    response_headers: list[tuple[str, str]]
    max_connections: int
    max_requests: int
    max_bytes: int
    wait: bool
    overload: tuple[Ready, Ready, Ready]
    max_streams: int
    header_timeout: float
    read_timeout: float
    idle_timeout: float
    max_age: float
    max_age_grace: float
    ping_interval: float
    ping_timeout: float
    keep_alive: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """One port."""

    protocol: str
    """What it is configured for, "grpc" or "http"."""
    own: OtlpGrpcConfig | OtlpHttpConfig
    """The block that says where to listen, for whom."""
    grpc: OtlpGrpcConfig
    http: OtlpHttpConfig
    settings: IngressSettings


def plans(config: OtlpReceiverConfig, signals: Iterable[Signal], gates: FeatureGates) -> list[Plan]:
    """One plan for each configured protocol."""
    served = list(signals)
    grpc, http = config.protocols.grpc or OtlpGrpcConfig(), config.protocols.http or OtlpHttpConfig()
    found = []
    if config.protocols.grpc is not None:
        found.append(Plan("grpc", grpc, grpc, http, _settings(grpc, grpc, http, served, gates)))
    if config.protocols.http is not None:
        found.append(Plan("http", http, grpc, http, _settings(http, grpc, http, served, gates)))
    return found


def _settings(
    own: OtlpGrpcConfig | OtlpHttpConfig, grpc: OtlpGrpcConfig, http: OtlpHttpConfig, signals: list[Signal], gates: FeatureGates
) -> IngressSettings:
    both = gates.enabled(ANY_PROTOCOL)
    parameters = own.auth.request_params if own.auth is not None and isinstance(own, OtlpHttpConfig) else []
    keepalive = grpc.keepalive.server_parameters if grpc.keepalive is not None and own is grpc else KeepaliveServerParameters()
    paths = {
        Signal.TRACES: http.traces_url_path,
        Signal.METRICS: http.metrics_url_path,
        Signal.LOGS: http.logs_url_path,
    }
    return IngressSettings(
        grpc=both or own is grpc,
        http=both or own is http,
        grpc_paths=[(export_method(signal), SIGNALS.index(signal)) for signal in signals],
        http_paths=[(paths[signal], SIGNALS.index(signal)) for signal in signals],
        grpc_limit=grpc.max_recv_bytes,
        http_limit=http.max_request_body_size if http.max_request_body_size > 0 else DEFAULT_MAX_REQUEST_BODY_SIZE,
        encodings=["", "identity", *http.compression_algorithms],
        headers=own.include_metadata or own.auth is not None,
        raw=own.auth is not None,
        query=bool(parameters),
        cors=_cors(http.cors),
        response_headers=list(http.response_headers.items()),
        max_connections=_MAX_CONNECTIONS,
        max_requests=_MAX_REQUESTS,
        max_bytes=_MAX_BYTES,
        wait=gates.enabled(WAIT_WHEN_FULL),
        overload=OVERLOADED,
        max_streams=(grpc.max_concurrent_streams or _MAX_STREAMS),
        header_timeout=(http.read_header_timeout or _HEADER_SECONDS),
        read_timeout=http.read_timeout,
        idle_timeout=((http.idle_timeout if own is http else keepalive.max_connection_idle) or _IDLE_SECONDS),
        max_age=keepalive.max_connection_age,
        max_age_grace=keepalive.max_connection_age_grace,
        ping_interval=(keepalive.time or _PING_SECONDS),
        ping_timeout=(keepalive.timeout or _PING_TIMEOUT),
        keep_alive=http.keep_alives_enabled,
    )


def _cors(config: CorsConfig | None) -> CorsRules | None:
    if config is None or not config.allowed_origins:
        return None
    origins = [origin.lower() for origin in config.allowed_origins]
    return CorsRules("*" in origins, origins, ", ".join(config.exposed_headers))
