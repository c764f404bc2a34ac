"""Certificates for tests."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def content(file: str) -> bytes:
    """Read a file."""
    return Path(file).read_bytes()


def overwrite(file: str, text: bytes) -> None:
    """Replace what a file holds."""
    Path(file).write_bytes(text)


class Authority:
    """A CA that writes certificates for 127.0.0.1 and the name collector."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.ca_file = str(folder / f"{name}.pem")
        Path(self.ca_file).write_bytes(self._sign(self.subject, self.key, ca=True))

    def issue(self, name: str) -> dict[str, str]:
        """Return the files of a new certificate and its key, as a tls block names them."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        cert_file = self.folder / f"{name}.crt"
        cert_file.write_bytes(self._sign(subject, key, ca=False))
        return {"cert_file": str(cert_file), "key_file": self._write_key(key, name)}

    def own(self) -> dict[str, str]:
        """Return the CA's own certificate and key, as a server that is its own CA has them."""
        return {"cert_file": self.ca_file, "key_file": self._write_key(self.key, self.name)}

    def _write_key(self, key: ec.EllipticCurvePrivateKey, name: str) -> str:
        file = self.folder / f"{name}.key"
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
        return str(file)

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("collector")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(names, critical=False)
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
