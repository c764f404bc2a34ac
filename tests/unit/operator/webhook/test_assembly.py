"""Options of the program."""

from dataclasses import replace
from pathlib import Path

import pytest

from otel_operator.errors import OperatorError
from otel_operator.webhook.assembly import WebhookOptions, parse_address, webhook_program
from otel_operator.webhook.program import Address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":8081", Address(8081)),
        ("127.0.0.1:0", Address(0, "127.0.0.1")),
        ("[::1]:443", Address(443, "::1")),
    ],
)
def test_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "8081", "host:", ":http", ":65536", ":-1"])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(OperatorError, match="want HOST:PORT"):
        parse_address(text)


async def test_certificate_file_without_key_is_refused() -> None:
    options = WebhookOptions(certificate_file=Path("tls.crt"))
    with pytest.raises(OperatorError, match="need each other"):
        async with webhook_program(options):
            pass


async def test_pods_cannot_be_mutated_without_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    absent = str(tmp_path / "absent")
    files = WebhookOptions(certificate_file=Path("tls.crt"), key_file=Path("tls.key"), kubeconfig=absent)
    with pytest.raises(OperatorError, match="no connection to Kubernetes"):
        async with webhook_program(files):
            pass
    async with webhook_program(replace(files, pod_injection=False)) as program:
        assert not program.ready.is_set()
