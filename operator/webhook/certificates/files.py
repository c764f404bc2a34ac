"""A certificate given as files, for clusters where cert-manager or an administrator issues it."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from otel_operator.webhook.errors import CertificateError
from otel_operator.webhook.tls import ServingContext

log = logging.getLogger(__name__)

_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """A certificate source; reads the files at each `refresh` and serves what changed. `caBundle` is the issuer's matter."""

    certificate: Path
    key: Path
    context: ServingContext

    async def refresh(self) -> None:
        """Serve the files' content.

        Raises:
            CertificateError: when they cannot be read or do not belong together, as for a moment between the writing of
                one and of the other; what was served before is served on.

        """
        certificate, key = await asyncio.to_thread(lambda: (_read(self.certificate), _read(self.key)))
        if self.context.install(certificate, key):
            log.info("serving the certificate of %s", self.certificate)


def _read(path: Path) -> str:
    try:
        with path.open() as file:
            text = file.read(_MAX_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise CertificateError(f"{path} cannot be read: {error}") from error
    if len(text) > _MAX_BYTES:
        raise CertificateError(f"{path} is larger than {_MAX_BYTES} bytes")
    return text
