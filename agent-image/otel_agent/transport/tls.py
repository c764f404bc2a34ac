"""Certificates and TLS contexts from a `tls` block. Files are read at start, and again when they change if asked to."""

import asyncio
import logging
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from otel_agent.config.blocks.tls import TlsClientConfig, TlsConfig, TlsServerConfig
from otel_agent.pipeline.errors import StartError

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_TLS13_SUITES = ("TLS_AES_", "TLS_CHACHA20_")
"""Always on with TLS 1.3, in Go as here."""
_SLACK = 0.9
"""Timers may fire a little early."""
_CLIENT_CA_SECONDS = 10.0
"""How often client_ca_file_reload looks, which has no interval of its own."""
_MAX_PEM = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Material:
    """PEM contents; empty where nothing is configured."""

    ca: bytes = b""
    certificate: bytes = b""
    key: bytes = b""


def read_material(config: TlsConfig) -> Material:
    """Read the PEM of a block; for servers, `ca` is what client certificates are checked against.

    Raises StartError that names the key and the file.
    """
    if config.tpm.enabled:
        raise StartError("tls::tpm: keys in a trusted platform module are not supported, use key_file")
    if isinstance(config, TlsServerConfig):
        ca = _read("client_ca_file", config.client_ca_file, "")
    else:
        ca = _read("ca_file", config.ca_file, config.ca_pem)
    return Material(
        ca=ca,
        certificate=_read("cert_file", config.cert_file, config.cert_pem),
        key=_read("key_file", config.key_file, config.key_pem),
    )


def server_context(config: TlsServerConfig) -> ssl.SSLContext:
    """Return the context of a TLS server; a client CA demands client certificates. StartError when it cannot be made."""
    material = read_material(config)
    if not material.certificate:
        raise StartError("tls: a server needs a certificate and a key: set cert_file and key_file (or cert_pem and key_pem)")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _set_limits(context, config)
    _load(context, material)
    if material.ca:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(config: TlsClientConfig) -> ssl.SSLContext:
    """Return the context of a TLS client. StartError when it cannot be made."""
    material = read_material(config)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _set_limits(context, config)
    if not material.ca or config.include_system_ca_certs_pool:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if config.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _load(context, material)
    return context


class Reloader:
    """Tells when the files of a block have changed, looking at most every `interval` seconds (0: never)."""

    def __init__(self, config: TlsConfig, clock: Callable[[], float] = time.monotonic) -> None:
        names = [config.ca_file, config.cert_file, config.key_file]
        self.interval = config.reload_interval
        if isinstance(config, TlsServerConfig):
            names.append(config.client_ca_file)
            if config.client_ca_file_reload and not self.interval:
                self.interval = _CLIENT_CA_SECONDS
        self._files = [Path(name) for name in names if name]
        self._clock = clock
        self._looked = clock()
        self._seen = self._look()

    def changed(self) -> bool:
        """Whether any file differs from the last look; always False without an interval."""
        now = self._clock()
        if self.interval <= 0 or not self._files or now - self._looked < self.interval * _SLACK:
            return False
        self._looked = now
        before, self._seen = self._seen, self._look()
        return before != self._seen

    def _look(self) -> list[tuple[int, int, int] | None]:
        return [_fingerprint(path) for path in self._files]


async def keep_current(context: ssl.SSLContext, config: TlsConfig, logger: logging.Logger) -> None:
    """Load changed files into a context in use, for connections made from then on; returns at once without an interval.

    Files that cannot be used are logged and leave the context as it was. A CA that was trusted before stays trusted.
    """
    reloader = Reloader(config)
    while reloader.interval > 0:
        await asyncio.sleep(reloader.interval)
        if reloader.changed():
            _load_again(context, config, logger)


class ClientTls:
    """The context of a client that asks for it before each request: files that have changed meanwhile are loaded then.

    So a client needs no task for them. What `keep_current` says of files that cannot be used holds here, too.
    """

    def __init__(self, config: TlsClientConfig, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        """`StartError` for settings that cannot be used."""
        self._context = client_context(config)
        self._config = config
        self._logger = logger
        self._reloader = Reloader(config, clock)

    def context(self) -> ssl.SSLContext:
        """Return the same context at every call, with what its files hold now or held `reload_interval` seconds ago."""
        if self._reloader.changed():
            _load_again(self._context, self._config, self._logger)
        return self._context


class ServerTls:
    """TLS of a server, if it has any: the context, and a task that loads files which change, for connections from then on."""

    def __init__(self, config: TlsServerConfig | None, logger: logging.Logger) -> None:
        """`StartError` for settings that cannot be used."""
        self.context = server_context(config) if config is not None else None
        self._config = config
        self._logger = logger
        self._watching: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Begin to look at the files; `close` it then."""
        if self.context is not None and self._config is not None:
            current = keep_current(self.context, self._config, self._logger)
            self._watching = asyncio.get_running_loop().create_task(current, name="certificates")

    async def close(self) -> None:
        """End looking. Idempotent."""
        task, self._watching = self._watching, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _load_again(context: ssl.SSLContext, config: TlsConfig, logger: logging.Logger) -> None:
    try:
        material = read_material(config)
        # OpenSSL takes a certificate before it sees that the key is another's, and then has no key at all
        _load(ssl.SSLContext(context.protocol), material)
        _load(context, material)
        logger.info("Certificates were reloaded")
    except StartError as error:
        log_refused(logger, error)


def log_refused(logger: logging.Logger, error: StartError) -> None:
    """Say that changed files are not used, and why: it is for whoever wrote them, so there is no traceback."""
    logger.error("Certificates could not be reloaded, the old ones stay in use", extra={"error": str(error)})


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _read(key: str, file: str, pem: str) -> bytes:
    if not file:
        return pem.encode()
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(_MAX_PEM)
    except OSError as error:
        raise StartError(f"tls::{key}: cannot read {file}: {error.strerror}") from error
    if b"-----BEGIN" not in content:
        raise StartError(f"tls::{key}: {file} holds no PEM")
    return content


def _load(context: ssl.SSLContext, material: Material) -> None:
    try:
        if material.ca:
            context.load_verify_locations(cadata=material.ca.decode("ascii"))
        if material.certificate:
            _load_chain(context, material)
    except (ssl.SSLError, ValueError) as error:
        raise StartError(f"tls: the certificate, key or CA cannot be used: {error}") from error


def _load_chain(context: ssl.SSLContext, material: Material) -> None:
    """Go through a private temporary file: `ssl` takes certificates from files only."""
    with tempfile.NamedTemporaryFile(prefix="otelcol-", suffix=".pem") as file:
        file.write(material.certificate + b"\n" + material.key)
        file.flush()
        context.load_cert_chain(file.name, password=lambda: "")


def _set_limits(context: ssl.SSLContext, config: TlsConfig) -> None:
    context.minimum_version = _VERSIONS[config.min_version or "1.2"]
    if config.max_version:
        context.maximum_version = _VERSIONS[config.max_version]
    names = [_openssl_name(name) for name in config.cipher_suites if not name.startswith(_TLS13_SUITES)]
    if names:
        try:
            context.set_ciphers(":".join(names))
        except ssl.SSLError as error:
            raise StartError(f"tls::cipher_suites: none of {', '.join(config.cipher_suites)} is known") from error


def _openssl_name(name: str) -> str:
    """TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 as OpenSSL spells it: ECDHE-RSA-AES128-GCM-SHA256."""
    short = name.removeprefix("TLS_").replace("_WITH_", "_").removeprefix("RSA_").replace("AES_", "AES").replace("_CBC_", "_")
    return short.replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305").replace("_", "-")
