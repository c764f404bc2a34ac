"""A gRPC channel from the client settings. Connecting is left to the first request, so an absent peer fails nothing here."""

import logging
import os
from collections.abc import Mapping

import grpc
from grpc import aio

from otel_agent.config.blocks.grpc_client import GrpcClientConfig, KeepaliveClientConfig
from otel_agent.exporters.otlp_grpc.connecting import RECONNECT_SECONDS, RESOLVE_SECONDS
from otel_agent.exporters.otlp_grpc.proxy import proxy_variable
from otel_agent.exporters.otlp_grpc.target import host_of
from otel_agent.transport.grpc_credentials import client_credentials
from otel_agent.transport.user_agent import USER_AGENT

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


def channel_options(config: GrpcClientConfig, environment: Mapping[str, str] = os.environ) -> Options:
    """Return the settings as channel arguments; read_buffer_size and write_buffer_size have no counterpart."""
    options: Options = [
        ("grpc.lb_policy_name", config.balancer_name or "pick_first"),
        ("grpc.initial_reconnect_backoff_ms", round(RECONNECT_SECONDS[0] * 1000)),
        ("grpc.max_reconnect_backoff_ms", round(RECONNECT_SECONDS[1] * 1000)),
        ("grpc.dns_min_time_between_resolutions_ms", round(RESOLVE_SECONDS * 1000)),
        ("grpc.primary_user_agent", config.user_agent or USER_AGENT),
    ]
    variable = proxy_variable(host_of(config.target.rpartition("/")[2]), environment)
    if variable is not None and not config.target.startswith("unix:"):
        options.append(("grpc.http_proxy", environment[variable]))  # gRPC itself does not look at HTTPS_PROXY in capitals
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
        timeout = min(round(config.timeout * 1000), _FOREVER_MS)
        options += [("grpc.keepalive_timeout_ms", timeout), ("grpc.http2.ping_timeout_ms", timeout)]  # the longer one counts
    return options
