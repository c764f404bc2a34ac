"""Gives the native front end its certificates and TLS settings, and the certificates again when their files change."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from otel_agent.config.blocks.tls import TlsServerConfig
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.tls import Reloader, log_refused, read_material, server_context

SUITES = frozenset(
    f"TLS_ECDHE_{key}_WITH_{cipher}"
    for key in ("ECDSA", "RSA")
    for cipher in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305", "CHACHA20_POLY1305_SHA256")
)
"""Cipher suites of TLS 1.2 that rustls has, by Go's names."""
NEWER_SUITES = frozenset({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})
"""Of TLS 1.3: may be named, and are always on, as in Go."""
CURVES = frozenset({"X25519", "P256", "P384"})


def unsupported(config: TlsServerConfig) -> str | None:
    """Return the setting that rustls cannot honour, None when there is none. Pure."""
    if config.min_version in ("1.0", "1.1"):
        return "min_version below 1.2"
    if config.max_version in ("1.0", "1.1"):
        return "max_version below 1.2"
    for key, names, known in (
        ("cipher_suites", config.cipher_suites, SUITES | NEWER_SUITES),
        ("curve_preferences", config.curve_preferences, CURVES),
    ):
        others = [name for name in names if name not in known]
        if others:
            return f"{key}: {', '.join(others)}"
    return None


def versions_of(config: TlsServerConfig) -> list[str]:
    """Versions to offer: 1.2 only when a cipher suite of it may be used. Pure."""
    versions = [
        version for version in ("1.2", "1.3") if (config.min_version or "1.2") <= version <= (config.max_version or "1.3")
    ]
    if config.cipher_suites and not SUITES & set(config.cipher_suites):
        versions = [version for version in versions if version != "1.2"]
    return versions


def load_certificates(ingress: Any, config: TlsServerConfig) -> None:
    """Read the files and use them for connections from now on; `StartError` when they cannot be used."""
    server_context(config)  # checks the certificates with a better message than rustls's
    material = read_material(config)
    versions = versions_of(config)
    if not versions:
        raise StartError("tls: no version is left: cipher_suites names none of TLS 1.2, and max_version is 1.2")
    suites = [name for name in config.cipher_suites if name in SUITES]
    try:
        ingress.set_tls(material.certificate, material.key, material.ca, versions, suites, list(config.curve_preferences))
    except ValueError as error:
        raise StartError(f"tls: the certificate, key or CA cannot be used: {error}") from error


async def keep_certificates(
    ingress: Any, config: TlsServerConfig, logger: logging.Logger, troubled: Callable[[str], None]
) -> None:
    """Load files that changed; returns at once without an interval.

    Those that cannot be used leave the old ones in use; `troubled` hears why, and an empty text once others can.
    """
    reloader = Reloader(config)
    while reloader.interval > 0:
        await asyncio.sleep(reloader.interval)
        try:
            if reloader.changed():
                load_certificates(ingress, config)
                logger.info("Certificates were reloaded")
                troubled("")
        except StartError as error:
            log_refused(logger, error)
            troubled(f"certificates could not be reloaded: {error}")
