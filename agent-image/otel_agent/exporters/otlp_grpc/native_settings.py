"""A native channel's settings, from the configuration. Reads certificates, nothing else."""

from dataclasses import dataclass

from otel_agent.config.blocks.grpc_client import GrpcClientConfig
from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.exporters.otlp_grpc.connecting import CONNECT_SECONDS, RECONNECT_SECONDS, RESOLVE_SECONDS
from otel_agent.exporters.otlp_grpc.target import host_of, parse_target
from otel_agent.transport.tls import read_material
from otel_agent.transport.user_agent import USER_AGENT

MAX_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer, gRPC's default on the receiving side."""
_PING_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Attributes that the extension reads; see `settings.rs` there for what each means."""

    ca: bytes
    certificate: bytes
    key: bytes
    system_roots: bool
    skip_verify: bool
    versions: list[str]
    server_name: str


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Attributes that the extension reads; see `settings.rs` there for what each means."""

    hosts: list[tuple[str, int]]
    unix: str
    authority: str
    user_agent: str
    round_robin: bool
    keepalive_time: float
    keepalive_timeout: float
    keepalive_idle: bool
    tls: TlsSettings | None
    max_answer: int
    backoff: tuple[float, float]
    resolve_interval: float
    connect_timeout: float


def channel_settings(config: GrpcClientConfig) -> ChannelSettings:
    """Return the settings; `StartError` for certificates that cannot be read, `UnsupportedTarget` as `parse_target`."""
    target, keepalive, tls = parse_target(config.target), config.keepalive, config.tls
    override = "" if config.plain_text else tls.server_name_override
    authority = config.authority or override or target.authority
    return ChannelSettings(
        hosts=target.hosts,
        unix=target.unix,
        authority=authority,
        user_agent=config.user_agent or USER_AGENT,
        round_robin=config.balancer_name == "round_robin",
        keepalive_time=keepalive.time if keepalive is not None else 0.0,
        keepalive_timeout=(keepalive.timeout if keepalive is not None else 0.0) or _PING_TIMEOUT,
        keepalive_idle=keepalive is not None and keepalive.permit_without_stream,
        tls=None if config.plain_text else _tls(tls, override or host_of(authority)),
        max_answer=MAX_ANSWER,
        backoff=RECONNECT_SECONDS,
        resolve_interval=RESOLVE_SECONDS,
        connect_timeout=CONNECT_SECONDS,
    )


def _tls(config: TlsClientConfig, server_name: str) -> TlsSettings:
    material = read_material(config)
    lowest, highest = config.min_version or "1.2", config.max_version or "1.3"
    return TlsSettings(
        ca=material.ca,
        certificate=material.certificate,
        key=material.key,
        system_roots=not material.ca or config.include_system_ca_certs_pool,
        skip_verify=config.insecure_skip_verify,
        versions=[version for version in ("1.2", "1.3") if lowest <= version <= highest],
        server_name=server_name,
    )
