"""TLS settings of clients and servers (configtls). Files are read at start, not here."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration, Opaque

TlsVersion = Literal["", "1.0", "1.1", "1.2", "1.3"]
CurvePreference = Literal["P256", "P384", "P521", "X25519", "X25519MLKEM768"]
_DEFAULT_MIN_VERSION = "1.2"


class TpmConfig(ConfigModel):
    """Key kept in a trusted platform module; accepted, refused at start when enabled."""

    enabled: bool = False
    path: str = ""
    owner_auth: Opaque = Opaque("")
    auth: Opaque = Opaque("")


class TlsConfig(ConfigModel):
    """What both ends of a TLS connection have in common."""

    ca_file: str = ""
    ca_pem: Opaque = Opaque("")
    cert_file: str = ""
    cert_pem: Opaque = Opaque("")
    key_file: str = ""
    key_pem: Opaque = Opaque("")
    min_version: TlsVersion = ""
    max_version: TlsVersion = ""
    cipher_suites: list[str] = Field(default_factory=list)
    include_insecure_cipher_suites: bool = False
    curve_preferences: list[CurvePreference] = Field(default_factory=list)
    include_system_ca_certs_pool: bool = False
    reload_interval: Duration = 0.0
    """Seconds between looks at the files; 0 never looks again."""
    tpm: TpmConfig = Field(default_factory=TpmConfig)

    @model_validator(mode="after")
    def check_tls_sources(self) -> Self:
        """Each of CA, certificate and key has one source, and the last two come together."""
        if self.ca_file and self.ca_pem:
            raise ValueError("provide either ca_file or ca_pem, but not both")
        if self.cert_file and self.cert_pem:
            raise ValueError("provide either cert_file or cert_pem, but not both")
        if self.key_file and self.key_pem:
            raise ValueError("provide either key_file or key_pem, but not both")
        if bool(self.cert_file or self.cert_pem) != bool(self.key_file or self.key_pem):
            raise ValueError("provide both certificate and key (cert_file or cert_pem, key_file or key_pem), or neither")
        return self

    @model_validator(mode="after")
    def check_tls_versions(self) -> Self:
        """Refuse a lowest version above the highest."""
        if self.max_version and (self.min_version or _DEFAULT_MIN_VERSION) > self.max_version:
            raise ValueError("min_version (default 1.2) cannot be greater than max_version")
        return self


class TlsClientConfig(TlsConfig):
    """TLS of a client; `insecure` means plain text."""

    insecure: bool = False
    insecure_skip_verify: bool = False
    server_name_override: str = ""


class TlsServerConfig(TlsConfig):
    """TLS of a server; `client_ca_file` demands and verifies a client certificate."""

    client_ca_file: str = ""
    client_ca_file_reload: bool = False

    @model_validator(mode="after")
    def check_server_certificate(self) -> Self:
        """Demand a certificate: no server can do without."""
        if not (self.cert_file or self.cert_pem):
            raise ValueError(
                "TLS configuration must include both certificate and key for server connections: "
                "set cert_file and key_file (or cert_pem and key_pem)"
            )
        return self
