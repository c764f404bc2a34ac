"""Issues the self-signed authority and the serving certificate (ECDSA P-256)."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from otel_operator.webhook.errors import CertificateError

BACKDATE = dt.timedelta(minutes=5)
"""Certificates begin this long before they are made, for clocks that differ between nodes."""
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key, both PEM."""

    certificate: str
    key: str


def parse(pem: str) -> x509.Certificate:
    """Return the first certificate of `pem`; CertificateError when it, or any part of it that we read, is none."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        for part in ("subject", "issuer", "not_valid_before_utc", "not_valid_after_utc", "extensions"):
            getattr(certificate, part)  # parsed when first read
        certificate.public_key()
    except _UNREADABLE as error:
        raise CertificateError(f"certificate cannot be parsed: {error}") from error
    return certificate


def issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Tell whether `authority` is named in and has signed `certificate`."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def new_authority(now: dt.datetime, lifetime: dt.timedelta) -> Issued:
    """Make a self-signed CA. Its serial is in the subject, so that two CAs in one bundle have different names."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    name = _name(f"otel-operator-webhook-ca-{serial:x}"[:64])
    builder = _builder(name, name, key.public_key(), now, lifetime, serial)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return Issued(_pem(builder.sign(key, hashes.SHA256())), _key_pem(key))


def new_serving(authority: Issued, hosts: Sequence[str], now: dt.datetime, lifetime: dt.timedelta) -> Issued:
    """Make a server certificate for the DNS names and IP addresses `hosts`, never outliving its authority."""
    issuer = parse(authority.certificate)
    issuer_key = load_key(authority.key)
    if issuer.public_key() != issuer_key.public_key():
        raise CertificateError("the authority's key does not belong to its certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    lifetime = min(lifetime, issuer.not_valid_after_utc - now)
    builder = _builder(_name(hosts[0][:64]), issuer.subject, key.public_key(), now, lifetime, x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    return Issued(_pem(builder.sign(issuer_key, hashes.SHA256())), _key_pem(key))


def covers(certificate: x509.Certificate, hosts: Sequence[str]) -> bool:
    """Tell whether every one of `hosts` is a subject alternative name of `certificate`."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return all(_general_name(host) in names for host in hosts)


def load_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """Return the private key in `pem`; CertificateError when it is no EC key."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except _UNREADABLE as error:
        raise CertificateError(f"private key cannot be parsed: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError(f"private key is {type(key).__name__}, not an elliptic-curve key")
    return key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    lifetime: dt.timedelta,
    serial: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=public_key, serial_number=serial)
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
