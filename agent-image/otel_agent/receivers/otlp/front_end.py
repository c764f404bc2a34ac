"""Which front end serves a port: the native one where it is used and can do what is configured, else the portable one."""

import logging
from enum import Enum
from types import ModuleType

from otel_agent.config.featuregates import NATIVE_FRONT_END, FeatureGates
from otel_agent.pdata import native
from otel_agent.receivers.otlp.config import OtlpGrpcConfig, OtlpHttpConfig
from otel_agent.receivers.otlp.native_tls import unsupported


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


def choose(block: OtlpGrpcConfig | OtlpHttpConfig, gates: FeatureGates, logger: logging.Logger) -> FrontEnd:
    """Decide for the port of one protocol, and say so when settings keep the native one away."""
    if not gates.enabled(NATIVE_FRONT_END) or native_module() is None:
        return FrontEnd.PORTABLE
    reason = why_portable(block)
    if reason is None:
        return FrontEnd.NATIVE
    logger.info("The portable front end serves this port, the native one has no %s", reason)
    return FrontEnd.PORTABLE


def why_portable(block: OtlpGrpcConfig | OtlpHttpConfig) -> str | None:
    """Return the setting that the native front end cannot honour, None when there is none."""
    grpc = isinstance(block, OtlpGrpcConfig)
    if grpc and (block.transport == "unix" or block.endpoint.startswith("unix:")):
        # grpcio as a client sends the socket's path, percent-encoded, as :authority. The http crate takes "%" in no authority
        # but before an "@", and h2 resets the stream with PROTOCOL_ERROR before hyper or we see the request; neither has an
        # option for it. Clients in other languages send "localhost".
        return "gRPC over unix sockets (protocols::grpc::transport)"
    key = unsupported(block.tls) if block.tls is not None else None
    return f"protocols::{'grpc' if grpc else 'http'}::tls::{key}" if key is not None else None
