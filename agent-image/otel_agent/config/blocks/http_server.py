"""HTTP server settings (confighttp.ServerConfig)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.headers import OpaqueHeaders
from otel_agent.config.blocks.listen_address import parse_endpoint
from otel_agent.config.blocks.references import HttpServerAuthConfig, MiddlewareConfig
from otel_agent.config.blocks.tls import TlsServerConfig
from otel_agent.config.model import ConfigModel, Duration, NoneBlock

DEFAULT_MAX_REQUEST_BODY_SIZE = 20 * 1024 * 1024

Transport = Literal["tcp", "tcp4", "tcp6", "unix"]
ServerCompression = Literal["", "gzip", "zstd", "zlib", "snappy", "deflate", "lz4", "x-snappy-framed"]


def _all_compressions() -> list[ServerCompression]:
    return ["", "gzip", "zstd", "zlib", "snappy", "deflate", "lz4", "x-snappy-framed"]


class CorsConfig(ConfigModel):
    """Cross-origin requests; without allowed_origins the block has no effect."""

    allowed_origins: list[str] = Field(default_factory=list)
    allowed_headers: list[str] = Field(default_factory=list)
    exposed_headers: list[str] = Field(default_factory=list)
    max_age: int = Field(default=0, ge=0)
    """Seconds a browser may keep the answer to a preflight request."""


class HttpServerConfig(ConfigModel):
    """HTTP server; durations in seconds, 0 is no limit."""

    endpoint: str = ""
    """host:port; an empty host is all addresses."""
    transport: Transport = "tcp"
    tls: NoneBlock[TlsServerConfig] = None
    cors: NoneBlock[CorsConfig] = None
    auth: NoneBlock[HttpServerAuthConfig] = None
    max_request_body_size: int = DEFAULT_MAX_REQUEST_BODY_SIZE
    """Bytes, before and after decompression; 0 or less is the default."""
    include_metadata: bool = False
    response_headers: OpaqueHeaders = Field(default_factory=dict)
    compression_algorithms: list[ServerCompression] = Field(default_factory=_all_compressions)
    """Content encodings taken; others are answered with 400."""
    read_timeout: Duration = 0.0
    read_header_timeout: Duration = 60.0
    write_timeout: Duration = 30.0
    idle_timeout: Duration = 60.0
    keep_alives_enabled: bool = True
    middlewares: list[MiddlewareConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_listen_address(self) -> Self:
        """Refuse what nothing can listen at; a component says itself whether it needs an address."""
        if self.endpoint:
            parse_endpoint(self.endpoint, self.transport)
        return self
