"""HTTP client settings (confighttp.ClientConfig)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.headers import OpaqueHeaders
from otel_agent.config.blocks.references import AuthConfig, MiddlewareConfig
from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.config.model import ConfigModel, Duration, NoneBlock

HttpCompression = Literal["", "none", "gzip", "zstd", "zlib", "snappy", "x-snappy-framed", "deflate", "lz4"]

_LEVELS: dict[str, range] = {
    "gzip": range(-2, 10),
    "zlib": range(-2, 10),
    "deflate": range(-2, 10),
    "zstd": range(23),
}


class CompressionParams(ConfigModel):
    """Tuning of the compression."""

    level: int = 0
    """0 is the default of the algorithm."""


class CookiesConfig(ConfigModel):
    """Whether cookies of the server are kept and sent back."""

    enabled: bool = False


class HttpClientConfig(ConfigModel):
    """HTTP client; durations in seconds, 0 is no limit; component subclasses override endpoint, timeout and compression."""

    endpoint: str = ""
    proxy_url: str = ""
    tls: TlsClientConfig = Field(default_factory=TlsClientConfig)
    read_buffer_size: int = Field(default=0, ge=0)
    write_buffer_size: int = Field(default=0, ge=0)
    timeout: Duration = 0.0
    headers: OpaqueHeaders = Field(default_factory=dict)
    """A `Host` header sets the host of the request."""
    auth: NoneBlock[AuthConfig] = None
    compression: HttpCompression = ""
    compression_params: CompressionParams = Field(default_factory=CompressionParams)
    max_idle_conns: int = Field(default=100, ge=0)
    max_idle_conns_per_host: int = Field(default=0, ge=0)
    max_conns_per_host: int = Field(default=0, ge=0)
    idle_conn_timeout: Duration = 90.0
    disable_keep_alives: bool = False
    http2_read_idle_timeout: Duration = 0.0
    http2_ping_timeout: Duration = 0.0
    cookies: NoneBlock[CookiesConfig] = None
    force_attempt_http2: bool = True
    middlewares: list[MiddlewareConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_compression_level(self) -> Self:
        """Refuse a level the algorithm does not have."""
        level, levels = self.compression_params.level, _LEVELS.get(self.compression, range(1))
        if level not in levels:
            name = self.compression or "none"
            known = f"{levels.start} to {levels.stop - 1}"
            raise ValueError(f"compression_params::level {level}: {name} has levels {known}")
        return self
