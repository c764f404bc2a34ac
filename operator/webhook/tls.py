"""The listener's TLS context, whose certificate can be changed while it serves.

New handshakes get the new certificate, open connections go on with the old one.
"""

import ssl
import tempfile
from pathlib import Path

from otel_operator.webhook.errors import CertificateError


class ServingContext:
    """Owns the SSLContext of the listener."""

    def __init__(self) -> None:
        self.ssl = _context()
        self.certificate = ""
        """The PEM that is served now; empty before the first `install`."""

    def install(self, certificate: str, key: str) -> bool:
        """Serve `certificate` (PEM chain) from the next handshake on; return whether that changed anything.

        Raises:
            CertificateError: when the pair does not belong together; the old pair stays in use.

        """
        if certificate == self.certificate:
            return False
        with tempfile.TemporaryDirectory(prefix="webhook-tls-") as folder:
            chain_file, key_file = Path(folder, "tls.crt"), Path(folder, "tls.key")
            chain_file.write_text(certificate)
            key_file.touch(mode=0o600)
            key_file.write_text(key)
            try:
                # Tried on a context of its own first: a failure half way would leave the live one without a usable key.
                _context().load_cert_chain(chain_file, key_file)
                self.ssl.load_cert_chain(chain_file, key_file)
            except ssl.SSLError as error:
                raise CertificateError(f"certificate and key cannot be loaded: {error}") from error
        self.certificate = certificate
        return True


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
