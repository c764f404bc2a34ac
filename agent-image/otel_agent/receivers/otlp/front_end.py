"""Which front end serves a receiver: the native one where it is built and can do what is configured, else the portable one."""

import logging
from enum import Enum
from types import ModuleType

from otel_agent.config.blocks.tls import TlsServerConfig
from otel_agent.config.featuregates import NATIVE_FRONT_END, FeatureGates
from otel_agent.pdata import native
from otel_agent.receivers.otlp.config import OtlpReceiverConfig


class FrontEnd(Enum):
    """What takes requests off the network."""

    NATIVE = "native"
    """hyper in a thread of its own, from the extension."""
    PORTABLE = "portable"
    """grpcio and aiohttp."""


def native_module() -> ModuleType | None:
    """Return the extension, None where it is not used or has no front end."""
    module = native.extension()
    return module if hasattr(module, "Ingress") else None


def choose(config: OtlpReceiverConfig, gates: FeatureGates, logger: logging.Logger) -> FrontEnd:
    """Decide, and say so when settings keep the native one away."""
    if not gates.enabled(NATIVE_FRONT_END) or native_module() is None:
        return FrontEnd.PORTABLE
    reason = why_portable(config)
    if reason is None:
        return FrontEnd.NATIVE
    logger.info("The portable front end serves this receiver, the native one has no %s", reason)
    return FrontEnd.PORTABLE


def why_portable(config: OtlpReceiverConfig) -> str | None:
    """Return the setting that the native front end cannot honour, None when there is none."""
    grpc = config.protocols.grpc
    if grpc is not None and (grpc.transport == "unix" or grpc.endpoint.startswith("unix:")):
        # grpcio as a client names the path as the authority, which the h2 library refuses as a protocol error
        return "gRPC over unix sockets (protocols::grpc::transport)"
    http = config.protocols.http
    if http is not None and http.auth is not None and http.auth.request_params:
        return "protocols::http::auth::request_params"
    for name, block in (("grpc", config.protocols.grpc), ("http", config.protocols.http)):
        if block is not None and block.tls is not None:
            key = _tls_key(block.tls)
            if key is not None:
                return f"protocols::{name}::tls::{key}"
    return None


def _tls_key(tls: TlsServerConfig) -> str | None:
    if tls.min_version in ("1.0", "1.1"):
        return "min_version below 1.2"
    if tls.max_version in ("1.0", "1.1"):
        return "max_version below 1.2"
    if tls.cipher_suites:
        return "cipher_suites"
    if tls.curve_preferences:
        return "curve_preferences"
    return None
