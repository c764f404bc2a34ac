"""Configuration of the oauth2client extension."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.config.model import ConfigModel, Duration, Opaque


class OAuth2ClientConfig(ConfigModel):
    """A client of a token endpoint; files are read again when they change."""

    client_id: str = ""
    client_id_file: str = ""
    client_secret: Opaque = Opaque("")
    client_secret_file: str = ""
    token_url: str = ""
    scopes: list[str] = Field(default_factory=list)
    endpoint_params: dict[str, str | list[str]] = Field(default_factory=dict)
    """More parameters for the token endpoint, such as `audience`."""
    timeout: Duration = 0.0
    """Seconds for one request for a token; 0 is no limit of its own."""
    expiry_buffer: Duration = 300.0
    """Seconds before its end that a token is renewed."""
    tls: TlsClientConfig = Field(default_factory=TlsClientConfig)
    grant_type: str = "client_credentials"

    @model_validator(mode="after")
    def check_oauth2client(self) -> Self:
        """Everything that a request for a token needs."""
        for name in ("client_id", "client_secret"):
            if not getattr(self, name) and not getattr(self, f"{name}_file"):
                raise ValueError(f"no {name} provided in the OAuth2 exporter configuration: set `{name}` or `{name}_file`")
        url = urlsplit(self.token_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f'token_url "{self.token_url}" is not an http:// or https:// URL')
        if self.grant_type not in ("", "client_credentials"):
            raise ValueError(f'grant_type "{self.grant_type}" is not supported: use client_credentials')
        if self.timeout < 0 or self.expiry_buffer < 0:
            raise ValueError("timeout and expiry_buffer must not be negative")
        return self
