"""How targets and discovery endpoints are reached (Prometheus' HTTPClientConfig, spelled inline in its users)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.tls import TlsClientConfig, TlsVersion
from otel_agent.config.model import ConfigModel, NoneBlock, Opaque

_VERSIONS: dict[str, TlsVersion] = {"": "", "TLS10": "1.0", "TLS11": "1.1", "TLS12": "1.2", "TLS13": "1.3"}
_RELOAD_SECONDS = 60.0
TlsVersionName = Literal["", "TLS10", "TLS11", "TLS12", "TLS13"]


class PromTlsConfig(ConfigModel):
    """TLS of a client as Prometheus spells it."""

    ca: str = ""
    ca_file: str = ""
    ca_ref: str = ""
    cert: str = ""
    cert_file: str = ""
    cert_ref: str = ""
    key: Opaque = Opaque("")
    key_file: str = ""
    key_ref: str = ""
    server_name: str = ""
    insecure_skip_verify: bool = False
    min_version: TlsVersionName = ""
    max_version: TlsVersionName = ""

    @model_validator(mode="after")
    def check_prometheus_tls(self) -> Self:
        """One source for each of CA, certificate and key; the last two come together."""
        for name in ("ca", "cert", "key"):
            _refuse_reference(self, f"{name}_ref")
            if getattr(self, name) and getattr(self, f"{name}_file"):
                raise ValueError(f"at most one of {name} and {name}_file must be configured")
        if bool(self.cert or self.cert_file) != bool(self.key or self.key_file):
            raise ValueError("exactly one of key or key_file must be configured when a client certificate is configured")
        return self

    @property
    def block(self) -> TlsClientConfig:
        """The same as the collector's own `tls` block; files are looked at every minute, as secrets are for each request."""
        block = TlsClientConfig(
            ca_file=self.ca_file,
            ca_pem=Opaque(self.ca),
            cert_file=self.cert_file,
            cert_pem=Opaque(self.cert),
            key_file=self.key_file,
            key_pem=self.key,
            min_version=_VERSIONS[self.min_version],
            max_version=_VERSIONS[self.max_version],
            insecure_skip_verify=self.insecure_skip_verify,
            server_name_override=self.server_name,
        )
        return block.model_copy(update={"reload_interval": _RELOAD_SECONDS})


class BasicAuth(ConfigModel):
    """User name and password."""

    username: str = ""
    username_file: str = ""
    username_ref: str = ""
    password: Opaque = Opaque("")
    password_file: str = ""
    password_ref: str = ""

    @model_validator(mode="after")
    def check_basic_auth(self) -> Self:
        """One source for each."""
        for name in ("username", "password"):
            _refuse_reference(self, f"{name}_ref")
            if getattr(self, name) and getattr(self, f"{name}_file"):
                raise ValueError(f"at most one of basic_auth {name} & {name}_file must be configured")
        return self


class Authorization(ConfigModel):
    """An Authorization header."""

    type: str = "Bearer"
    credentials: Opaque = Opaque("")
    credentials_file: str = ""
    credentials_ref: str = ""

    @model_validator(mode="after")
    def check_authorization(self) -> Self:
        """One source; no basic authentication in disguise."""
        _refuse_reference(self, "credentials_ref")
        if self.credentials and self.credentials_file:
            raise ValueError("at most one of authorization credentials & credentials_file must be configured")
        if self.type.strip().lower() == "basic":
            raise ValueError('authorization type cannot be set to "basic", use "basic_auth" instead')
        return self


class ProxyConfig(ConfigModel):
    """Which proxy a request goes through."""

    proxy_url: str = ""
    no_proxy: str = ""
    proxy_from_environment: bool = False
    proxy_connect_header: dict[str, list[Opaque]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_proxy(self) -> Self:
        """Refuse a proxy that is named twice."""
        if self.proxy_from_environment and (self.proxy_url or self.no_proxy):
            raise ValueError("if proxy_from_environment is configured, proxy_url and no_proxy must not be configured")
        if self.no_proxy and not self.proxy_url:
            raise ValueError("if no_proxy is configured, proxy_url must also be configured")
        if self.proxy_connect_header and not (self.proxy_url or self.proxy_from_environment):
            raise ValueError("if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured")
        return self


class OAuth2(ProxyConfig):
    """A token by the client credentials grant."""

    client_id: str = ""
    client_secret: Opaque = Opaque("")
    client_secret_file: str = ""
    client_secret_ref: str = ""
    scopes: list[str] = Field(default_factory=list)
    token_url: str = ""
    endpoint_params: dict[str, str] = Field(default_factory=dict)
    tls_config: PromTlsConfig = Field(default_factory=PromTlsConfig)

    @model_validator(mode="after")
    def check_oauth2(self) -> Self:
        """Everything that a request for a token needs."""
        _refuse_reference(self, "client_secret_ref")
        if not self.client_id:
            raise ValueError("oauth2 client_id must be configured")
        if not self.token_url:
            raise ValueError("oauth2 token_url must be configured")
        if bool(self.client_secret) == bool(self.client_secret_file):
            raise ValueError("either oauth2 client_secret or client_secret_file must be configured, and not both")
        return self


class HttpHeader(ConfigModel):
    """Values of one header."""

    values: list[str] = Field(default_factory=list)
    secrets: list[Opaque] = Field(default_factory=list)
    files: list[str] = Field(default_factory=list)


class PromHttpClient(ProxyConfig):
    """What an HTTP request of Prometheus can be told; base of all models with these keys inline."""

    basic_auth: NoneBlock[BasicAuth] = None
    authorization: NoneBlock[Authorization] = None
    oauth2: NoneBlock[OAuth2] = None
    bearer_token: Opaque = Opaque("")
    bearer_token_file: str = ""
    tls_config: PromTlsConfig = Field(default_factory=PromTlsConfig)
    follow_redirects: bool = True
    enable_http2: bool = True
    """Accepted; scrapes use HTTP/1.1, which every target speaks."""
    http_headers: dict[str, HttpHeader] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_credentials(self) -> Self:
        """One way to authenticate."""
        if self.bearer_token and self.bearer_token_file:
            raise ValueError("at most one of bearer_token & bearer_token_file must be configured")
        bearer = bool(self.bearer_token or self.bearer_token_file)
        if bearer and self.authorization is not None:
            raise ValueError("authorization is not compatible with bearer_token & bearer_token_file")
        ways = (self.basic_auth is not None, self.oauth2 is not None, self.authorization is not None, bearer)
        if sum(ways) > 1:
            raise ValueError(
                "at most one of basic_auth, oauth2, authorization, bearer_token & bearer_token_file must be configured"
            )
        return self

    def files(self) -> list[str]:
        """Every file that these settings name; each must exist when the receiver starts."""
        tls = self.tls_config
        named = [self.bearer_token_file, tls.ca_file, tls.cert_file, tls.key_file]
        if self.basic_auth is not None:
            named += [self.basic_auth.username_file, self.basic_auth.password_file]
        if self.authorization is not None:
            named.append(self.authorization.credentials_file)
        if self.oauth2 is not None:
            token_tls = self.oauth2.tls_config
            named += [self.oauth2.client_secret_file, token_tls.ca_file, token_tls.cert_file, token_tls.key_file]
        return [name for name in [*named, *(file for header in self.http_headers.values() for file in header.files)] if name]


def _refuse_reference(model: ConfigModel, key: str) -> None:
    if getattr(model, key):
        raise ValueError(f"{key}: secrets of a secret manager are not supported, use the file form of the key")
