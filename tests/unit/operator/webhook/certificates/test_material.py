"""The Secret's form."""

import base64
import datetime as dt

import pytest

from otel_operator.webhook.certificates.material import certificates_in, from_secret, to_data
from otel_operator.webhook.certificates.plan import Policy, Step, advance
from otel_operator.webhook.errors import CertificateError

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_secret_round_trips_with_two_authorities() -> None:
    first = advance(Step.CREATE, None, ("a.svc",), NOW, Policy())
    both = advance(Step.ADD_AUTHORITY, first, ("a.svc",), NOW, Policy())
    assert len(certificates_in(both.bundle)) == 2
    assert from_secret({"data": to_data(both)}) == both


def test_missing_key_is_named() -> None:
    data = to_data(advance(Step.CREATE, None, ("a.svc",), NOW, Policy()))
    del data["tls.key"]
    with pytest.raises(CertificateError, match=r"tls\.key is missing"):
        from_secret({"data": data})


@pytest.mark.parametrize("secret", [{}, {"data": None}, {"data": {"ca.crt": "***"}}, {"data": {"ca.crt": 7}}])
def test_unusable_secret_is_an_error_of_ours(secret: dict[str, object]) -> None:
    with pytest.raises(CertificateError, match=r"ca\.crt"):
        from_secret(secret)


def test_bundle_without_a_certificate_is_refused() -> None:
    with pytest.raises(CertificateError, match="holds 0 certificates"):
        from_secret({"data": {"ca.crt": base64.b64encode(b"text").decode()}})
