"""What a connection between two programs can be: protocol, compression, security; the certificates that the last needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from e2e.cluster.certificates import Authority, KeyPair

Protocol = Literal["grpc", "http/protobuf", "http/json"]
Security = Literal["plain", "tls", "mtls"]
SECURITIES: tuple[Security, ...] = ("plain", "tls", "mtls")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths of PEM files: the authority, a server on 127.0.0.1, and a client."""

    ca: Path
    server: KeyPair
    client: KeyPair

    @classmethod
    def make(cls, folder: Path) -> Certificates:
        """Write fresh ones."""
        authority = Authority(folder)
        server = authority.server("server", ["127.0.0.1", "localhost"])
        return cls(authority.pair.certificate, server, authority.client("client", "client"))

    def of_server(self, security: Security) -> dict[str, object]:
        """Return the settings of a collector's receiver, to be merged into a protocol's block."""
        if security == "plain":
            return {}
        tls = {"cert_file": str(self.server.certificate), "key_file": str(self.server.key)}
        if security == "mtls":
            tls["client_ca_file"] = str(self.ca)
        return {"tls": tls}

    def of_client(self, security: Security) -> dict[str, object]:
        """Return the settings of a collector's exporter, to be merged into its block."""
        if security == "plain":
            return {"tls": {"insecure": True}}
        tls = {"ca_file": str(self.ca)}
        if security == "mtls":
            tls |= {"cert_file": str(self.client.certificate), "key_file": str(self.client.key)}
        return {"tls": tls}

    def environment(self, security: Security) -> dict[str, str]:
        """Return the environment that gives an SDK's exporter the same."""
        settings: dict[str, str] = {}
        if security != "plain":
            settings["OTEL_EXPORTER_OTLP_CERTIFICATE"] = str(self.ca)
        if security == "mtls":
            settings["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = str(self.client.certificate)
            settings["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = str(self.client.key)
        return settings


def url(security: Security, port: int) -> str:
    """Return the base URL of a server on 127.0.0.1."""
    return f"{'http' if security == 'plain' else 'https'}://127.0.0.1:{port}"
