"""gRPC credentials from a `tls` block."""

import logging
import ssl

import grpc

from otel_agent.config.blocks.tls import TlsClientConfig, TlsServerConfig
from otel_agent.pipeline.errors import StartError
from otel_agent.transport.tls import Material, Reloader, log_refused, read_material, server_context


def server_credentials(config: TlsServerConfig, logger: logging.Logger) -> grpc.ServerCredentials:
    """Credentials of a server, reloaded as `reload_interval` (or `client_ca_file_reload`) says. StartError when unusable."""
    server_context(config)  # checks the certificates with a better message than gRPC's
    if config.min_version == "1.3" or config.max_version or config.cipher_suites:
        logger.warning("gRPC takes TLS 1.2 and 1.3 with its own cipher suites; tls version and cipher_suites have no effect")
    require = bool(config.client_ca_file)
    reloader = Reloader(config)
    if reloader.interval <= 0:
        return _fixed(read_material(config), require)

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        if not reloader.changed():
            return None
        try:
            server_context(config)
            return _configuration(read_material(config))
        except StartError as error:
            log_refused(logger, error)
            return None

    first = _configuration(read_material(config))
    return grpc.dynamic_ssl_server_credentials(first, fetch, require)  # type: ignore[arg-type] # None is "unchanged"


def client_credentials(config: TlsClientConfig) -> grpc.ChannelCredentials:
    """Credentials of a channel; StartError for unreadable files and for what gRPC cannot do."""
    if config.insecure_skip_verify:
        raise StartError(
            "tls::insecure_skip_verify: gRPC cannot skip the check of the server's certificate; "
            "set ca_file to its CA (or the certificate itself), or use otlp_http"
        )
    material = read_material(config)
    roots = material.ca or None
    if roots is not None and config.include_system_ca_certs_pool:
        roots += b"\n" + _system_roots()
    return grpc.ssl_channel_credentials(roots, material.key or None, material.certificate or None)


def _fixed(material: Material, require: bool) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(material.key, material.certificate)], material.ca or None, require)


def _configuration(material: Material) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(material.key, material.certificate)], material.ca or None)


def _system_roots() -> bytes:
    """PEM of the system's CA certificates."""
    context = ssl.create_default_context()
    return "\n".join(ssl.DER_cert_to_PEM_cert(der) for der in context.get_ca_certs(binary_form=True)).encode()
