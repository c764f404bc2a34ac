from __future__ import annotations

import asyncio
import ssl
import stat
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from e2e.cluster.certificates import Authority, write_signing_key
from e2e.cluster.kubeconfig import write_kubeconfig


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


def test_a_client_certificate_names_user_and_group(authority: Authority) -> None:
    pair = authority.client("kubelet", "system:node:one", "system:nodes")
    subject = x509.load_pem_x509_certificate(pair.certificate.read_bytes()).subject
    assert subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "system:node:one"
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "system:nodes"


def test_a_server_certificate_carries_addresses_and_names(authority: Authority) -> None:
    pair = authority.server("api", ["127.0.0.1", "localhost"])
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert isinstance(names, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_keys_are_readable_by_their_owner_only(authority: Authority) -> None:
    for key in (authority.pair.key, authority.client("admin", "admin").key, write_signing_key(authority.folder).key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


async def test_client_and_server_trust_each_other_in_a_tls_handshake(authority: Authority) -> None:
    server_pair, client_pair = authority.server("api", ["127.0.0.1"]), authority.client("admin", "admin")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.pair.certificate))
    serving.verify_mode = ssl.CERT_REQUIRED
    serving.load_cert_chain(server_pair.certificate, server_pair.key)
    calling = ssl.create_default_context(cafile=str(authority.pair.certificate))
    calling.load_cert_chain(client_pair.certificate, client_pair.key)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=serving) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=calling)
        assert await reader.readline() == b"hello\n"
        writer.close()
        await writer.wait_closed()


def test_a_kubeconfig_stands_alone(authority: Authority, tmp_path: Path) -> None:
    path = write_kubeconfig(
        tmp_path / "kc", "https://127.0.0.1:1", authority.pair.certificate, authority.client("a", "a"), "name"
    )
    text = path.read_text()
    assert str(tmp_path) not in text
    assert yaml.safe_load(text)["current-context"] == "name"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
