"""Which gRPC client an exporter uses: the native one where it is built and can do what is configured, else grpcio."""

import logging
import os
from collections.abc import Mapping
from enum import Enum
from types import ModuleType

from otel_agent.config.blocks.grpc_client import GrpcClientConfig
from otel_agent.config.featuregates import NATIVE_GRPC_CLIENT, FeatureGates
from otel_agent.exporters.otlp_grpc.proxy import proxy_variable
from otel_agent.exporters.otlp_grpc.target import UnsupportedTarget, parse_target
from otel_agent.pdata import native


class ClientKind(Enum):
    """What makes the calls."""

    NATIVE = "native"
    """hyper in a thread of its own, from the extension."""
    PORTABLE = "portable"
    """grpcio."""


def native_module(environment: Mapping[str, str] = os.environ) -> ModuleType | None:
    """Return the extension, None where it is not used or has no client."""
    module = native.extension(environment)
    return module if hasattr(module, "GrpcChannel") else None


def choose(
    config: GrpcClientConfig, gates: FeatureGates, logger: logging.Logger, environment: Mapping[str, str] = os.environ
) -> ClientKind:
    """Decide, and say so when settings keep the native client away."""
    if not gates.enabled(NATIVE_GRPC_CLIENT) or native_module(environment) is None:
        return ClientKind.PORTABLE
    reason = why_portable(config, environment)
    if reason is None:
        return ClientKind.NATIVE
    logger.info("The portable gRPC client serves this exporter, the native one has no %s", reason)
    return ClientKind.PORTABLE


def why_portable(config: GrpcClientConfig, environment: Mapping[str, str]) -> str | None:
    """Return the setting that the native client cannot honour, None when there is none."""
    try:
        target = parse_target(config.target)
    except UnsupportedTarget as error:
        return str(error)
    if not target.unix:
        variable = proxy_variable(target.hosts[0][0], environment)
        if variable is not None:
            return f"proxies (environment variable {variable})"
    if config.plain_text:
        return None
    if config.tls.min_version in ("1.0", "1.1"):
        return "tls::min_version below 1.2"
    if config.tls.max_version in ("1.0", "1.1"):
        return "tls::max_version below 1.2"
    if config.tls.cipher_suites:
        return "tls::cipher_suites"
    return None
