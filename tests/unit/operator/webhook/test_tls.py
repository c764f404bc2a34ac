"""Handshakes against a live context whose certificate changes."""

import asyncio
import datetime as dt
import ssl

import pytest

from otel_operator.webhook.certificates.authority import parse
from otel_operator.webhook.certificates.material import Material
from otel_operator.webhook.certificates.plan import Policy, Step, advance
from otel_operator.webhook.errors import CertificateError
from otel_operator.webhook.tls import ServingContext

HOSTS = ("webhook.system.svc", "127.0.0.1")


def material() -> Material:
    return advance(Step.CREATE, None, HOSTS, dt.datetime.now(dt.UTC), Policy())


async def served_serial(context: ServingContext, trusted: str) -> int:
    """Shake hands as the strictest client would, and return the serial number of the certificate it got."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context.ssl)
    async with server:
        client = ssl.create_default_context(cadata=trusted)
        client.verify_flags |= ssl.VERIFY_X509_STRICT
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), ssl=client)
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        await reader.read()
        writer.close()
    return parse(ssl.DER_cert_to_PEM_cert(der)).serial_number


async def test_new_handshakes_get_the_new_certificate() -> None:
    context, first, second = ServingContext(), material(), material()
    assert context.install(first.certificate, first.key)
    assert await served_serial(context, first.bundle) == parse(first.certificate).serial_number
    assert context.install(second.certificate, second.key)
    assert await served_serial(context, first.bundle + second.bundle) == parse(second.certificate).serial_number


async def test_certificate_of_an_unknown_authority_is_not_trusted() -> None:
    context, first, second = ServingContext(), material(), material()
    context.install(first.certificate, first.key)
    with pytest.raises(ssl.SSLCertVerificationError):
        await served_serial(context, second.bundle)


async def test_mismatched_pair_is_refused_and_the_old_one_served_on() -> None:
    context, first, second = ServingContext(), material(), material()
    context.install(first.certificate, first.key)
    with pytest.raises(CertificateError, match="cannot be loaded"):
        context.install(second.certificate, first.key)
    assert await served_serial(context, first.bundle) == parse(first.certificate).serial_number


def test_the_same_certificate_is_not_loaded_again() -> None:
    context, only = ServingContext(), material()
    assert context.install(only.certificate, only.key)
    assert not context.install(only.certificate, only.key)
