"""What the Secret holds, and its form as `data` of a Secret of type kubernetes.io/tls."""

import base64
import binascii
import re
from dataclasses import dataclass

from otel_operator.json_types import JsonObject
from otel_operator.webhook.errors import CertificateError

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
_MAX_AUTHORITIES = 8


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a replica needs to serve and to issue the next certificate; all PEM."""

    authorities: tuple[str, ...]
    """Trusted CA certificates, newest first."""
    authority_key: str
    """Key of the newest CA."""
    certificate: str
    key: str

    @property
    def bundle(self) -> str:
        """The CA certificates as one text, as `caBundle` wants them (there base64 comes on top)."""
        return "".join(self.authorities)


def to_data(material: Material) -> dict[str, str]:
    """Return the Secret's `data`. `ca.crt`, `tls.crt` and `tls.key` are as cert-manager names them; `ca.key` is ours."""
    fields = {
        "ca.crt": material.bundle,
        "ca.key": material.authority_key,
        "tls.crt": material.certificate,
        "tls.key": material.key,
    }
    return {name: base64.b64encode(text.encode()).decode() for name, text in fields.items()}


def from_secret(secret: JsonObject) -> Material:
    """Read the Secret; CertificateError names the key that is missing or no base64 text."""
    data = secret.get("data") or {}
    authorities = certificates_in(_text(data, "ca.crt"))
    if not 1 <= len(authorities) <= _MAX_AUTHORITIES:
        raise CertificateError(f"ca.crt holds {len(authorities)} certificates, want 1 to {_MAX_AUTHORITIES}")
    return Material(tuple(authorities), _text(data, "ca.key"), _text(data, "tls.crt"), _text(data, "tls.key"))


def certificates_in(pem: str) -> list[str]:
    """Return the single certificates of a PEM bundle, each ending in a newline."""
    return [block.rstrip("\n") + "\n" for block in _CERTIFICATE.findall(pem)]


def _text(data: JsonObject, name: str) -> str:
    try:
        return base64.b64decode(data[name], validate=True).decode()
    except KeyError:
        raise CertificateError(f"{name} is missing") from None
    except (binascii.Error, UnicodeDecodeError, TypeError) as error:
        raise CertificateError(f"{name} is not base64 text: {error}") from error
