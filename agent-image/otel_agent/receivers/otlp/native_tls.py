"""Gives the native front end its certificates, and again when their files change."""

import asyncio
import logging
from typing import Any

from otel_agent.config.blocks.tls import TlsServerConfig
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.tls import Reloader, read_material, server_context


def load_certificates(ingress: Any, config: TlsServerConfig) -> None:
    """Read the files and use them for connections from now on; `StartError` when they cannot be used."""
    server_context(config)  # checks the certificates with a better message than rustls's
    material = read_material(config)
    versions = [
        version for version in ("1.2", "1.3") if (config.min_version or "1.2") <= version <= (config.max_version or "1.3")
    ]
    try:
        ingress.set_tls(material.certificate, material.key, material.ca, versions)
    except ValueError as error:
        raise StartError(f"tls: the certificate, key or CA cannot be used: {error}") from error


async def keep_certificates(ingress: Any, config: TlsServerConfig, logger: logging.Logger) -> None:
    """Load files that changed; returns at once without an interval. Those that cannot be used leave the old ones in use."""
    reloader = Reloader(config)
    while reloader.interval > 0:
        await asyncio.sleep(reloader.interval)
        try:
            if reloader.changed():
                load_certificates(ingress, config)
                logger.info("Certificates were reloaded")
        except StartError:
            logger.exception("Certificates could not be reloaded, the old ones stay in use")
