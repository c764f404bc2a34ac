"""A gRPC channel from the client settings. Connecting is left to the first request, so an absent peer fails nothing here."""

import logging

import grpc
from grpc import aio

from otel_agent.config.blocks.grpc_client import GrpcClientConfig, KeepaliveClientConfig
from otel_agent.transport.grpc_credentials import client_credentials
from otel_agent.transport.user_agent import USER_AGENT

_RECONNECT_MS = (500, 10_000)
"""First and longest wait between attempts to connect. gRPC's longest is two minutes, during which every request fails at once
without trying; peers that roll over are back sooner."""
_RESOLVE_MS = 5_000
"""Shortest time between two DNS look-ups: behind a headless Service the addresses change as pods roll over (gRPC: 30 s)."""
_FOREVER_MS = 2**31 - 1

_COMPRESSIONS = {"gzip": grpc.Compression.Gzip, "none": grpc.Compression.NoCompression, "": grpc.Compression.NoCompression}

Options = list[tuple[str, int | str]]


def open_channel(config: GrpcClientConfig, logger: logging.Logger) -> aio.Channel:
    """Return a channel; `StartError` for TLS settings that cannot be used."""
    options = channel_options(config)
    compression = _COMPRESSIONS.get(config.compression)
    if compression is None:
        logger.warning("gRPC compression is not available here, gzip is used instead", extra={"compression": config.compression})
        compression = grpc.Compression.Gzip
    if config.plain_text:
        return aio.insecure_channel(config.target, options, compression)
    return aio.secure_channel(config.target, client_credentials(config.tls), options, compression)


def channel_options(config: GrpcClientConfig) -> Options:
    """Return the settings as channel arguments; read_buffer_size and write_buffer_size have no counterpart."""
    options: Options = [
        ("grpc.lb_policy_name", config.balancer_name or "pick_first"),
        ("grpc.initial_reconnect_backoff_ms", _RECONNECT_MS[0]),
        ("grpc.max_reconnect_backoff_ms", _RECONNECT_MS[1]),
        ("grpc.dns_min_time_between_resolutions_ms", _RESOLVE_MS),
        ("grpc.primary_user_agent", config.user_agent or USER_AGENT),
    ]
    if config.authority:
        options.append(("grpc.default_authority", config.authority))
    if config.tls.server_name_override:
        options.append(("grpc.ssl_target_name_override", config.tls.server_name_override))
    return options + (_keepalive(config.keepalive) if config.keepalive is not None else [])


def _keepalive(config: KeepaliveClientConfig) -> Options:
    options: Options = [
        ("grpc.keepalive_permit_without_calls", int(config.permit_without_stream)),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    if config.time > 0:
        options.append(("grpc.keepalive_time_ms", min(round(config.time * 1000), _FOREVER_MS)))
    if config.timeout > 0:
        options.append(("grpc.keepalive_timeout_ms", min(round(config.timeout * 1000), _FOREVER_MS)))
    return options
