"""Decides when the serving certificate and its authority are renewed. Pure; the clock comes in as `now`.

An authority is replaced in three steps, so that no replica ever serves a certificate which some API server does not trust:
the new one joins the trusted bundle; once every API server and replica has had `settle` to see it, it signs the serving
certificate; once every replica has had `settle` to load that, the old one leaves the bundle.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from cryptography import x509

from otel_operator.webhook.certificates.authority import (
    BACKDATE,
    Issued,
    covers,
    issued_by,
    load_key,
    new_authority,
    new_serving,
    parse,
)
from otel_operator.webhook.certificates.material import Material
from otel_operator.webhook.errors import CertificateError


class Step(Enum):
    """The next thing to do to the Secret's content."""

    KEEP = "keep"
    CREATE = "create authority and certificate"
    ADD_AUTHORITY = "add new authority to the trusted ones"
    RENEW = "renew the serving certificate"
    RETIRE_AUTHORITIES = "drop authorities that no longer sign anything"


@dataclass(frozen=True, slots=True)
class Policy:
    """Lifetimes. A certificate is renewed when `renew_at` of its lifetime has passed."""

    authority_lifetime: dt.timedelta = dt.timedelta(days=3650)
    serving_lifetime: dt.timedelta = dt.timedelta(days=365)
    renew_at: float = 2 / 3
    settle: dt.timedelta = dt.timedelta(minutes=10)
    """How long all replicas and API servers may take to see a change; replicas look every `refresh_seconds`."""
    refresh_seconds: float = 30.0


def plan(material: Material | None, hosts: Sequence[str], now: dt.datetime, policy: Policy) -> Step:
    """Return the next step; a caller repeats until KEEP, which is at most one step per call of `advance`.

    `material=None` stands for a Secret that is absent or unusable. What is not valid yet was made by a replica whose clock is
    ahead; API servers refuse it as they refuse what has expired.
    """
    if material is None or broken(material):
        return Step.CREATE
    newest, serving = parse(material.authorities[0]), parse(material.certificate)
    if not _valid(newest, now):
        return Step.CREATE
    if _due(newest, now, policy):
        return Step.ADD_AUTHORITY
    settled = now - _made(newest) >= policy.settle
    if not _valid(serving, now) or not covers(serving, hosts):
        return Step.RENEW
    if settled and (_due(serving, now, policy) or serving.issuer != newest.subject):
        return Step.RENEW
    if len(material.authorities) > 1 and serving.issuer == newest.subject and now - _made(serving) >= policy.settle:
        return Step.RETIRE_AUTHORITIES
    return Step.KEEP


def advance(step: Step, material: Material | None, hosts: Sequence[str], now: dt.datetime, policy: Policy) -> Material:
    """Carry out `step` and return the new content. The caller writes it and makes it trusted before it is served."""
    if step is Step.CREATE or material is None:
        authority = new_authority(now, policy.authority_lifetime)
        serving = new_serving(authority, hosts, now, policy.serving_lifetime)
        return Material((authority.certificate, *_kept(material, now)), authority.key, serving.certificate, serving.key)
    if step is Step.ADD_AUTHORITY:
        authority = new_authority(now, policy.authority_lifetime)
        return Material((authority.certificate, *_kept(material, now)), authority.key, material.certificate, material.key)
    if step is Step.RENEW:
        authority = Issued(material.authorities[0], material.authority_key)
        serving = new_serving(authority, hosts, now, policy.serving_lifetime)
        return Material(material.authorities, material.authority_key, serving.certificate, serving.key)
    if step is Step.RETIRE_AUTHORITIES:
        return Material(material.authorities[:1], material.authority_key, material.certificate, material.key)
    return material


def broken(material: Material) -> bool:
    """Tell whether any part cannot be parsed, was damaged, or does not belong to the others."""
    try:
        authorities = [parse(pem) for pem in material.authorities]
        serving = parse(material.certificate)
        if load_key(material.authority_key).public_key() != authorities[0].public_key():
            return True
        if load_key(material.key).public_key() != serving.public_key():
            return True
    except CertificateError:
        return True
    damaged = not all(issued_by(authority, authority) for authority in authorities)
    return damaged or not any(issued_by(serving, authority) for authority in authorities)


def _kept(material: Material | None, now: dt.datetime) -> tuple[str, ...]:
    """Return the authorities that go on being trusted beside a new one: another replica may serve what they signed."""
    if material is None or broken(material):
        return ()
    return tuple(pem for pem in material.authorities if parse(pem).not_valid_after_utc > now)[:3]


def _valid(certificate: x509.Certificate, now: dt.datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def _made(certificate: x509.Certificate) -> dt.datetime:
    return certificate.not_valid_before_utc + BACKDATE


def _due(certificate: x509.Certificate, now: dt.datetime, policy: Policy) -> bool:
    made = _made(certificate)
    return now >= made + (certificate.not_valid_after_utc - made) * policy.renew_at
