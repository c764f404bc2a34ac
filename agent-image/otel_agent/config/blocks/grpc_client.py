"""gRPC client settings (configgrpc.ClientConfig)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.headers import OpaqueHeaders
from otel_agent.config.blocks.references import AuthConfig, MiddlewareConfig
from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.config.model import ConfigModel, Duration, NoneBlock, SomeBlock

GrpcCompression = Literal["", "none", "gzip", "snappy", "zstd"]


class KeepaliveClientConfig(ConfigModel):
    """When the client pings an idle connection; seconds."""

    time: Duration = 10.0
    timeout: Duration = 10.0
    permit_without_stream: bool = False


class GrpcClientConfig(ConfigModel):
    """gRPC client; component subclasses override endpoint and compression.

    `http://` before the endpoint means plain text, `https://` TLS; `dns:///` and `unix:///` targets are passed on.
    """

    endpoint: str = ""
    compression: GrpcCompression = ""
    tls: TlsClientConfig = Field(default_factory=TlsClientConfig)
    keepalive: SomeBlock[KeepaliveClientConfig] = Field(default_factory=KeepaliveClientConfig)
    read_buffer_size: int = Field(default=0, ge=0)
    write_buffer_size: int = Field(default=512 * 1024, ge=0)
    wait_for_ready: bool = False
    headers: OpaqueHeaders = Field(default_factory=dict)
    user_agent: str = ""
    balancer_name: Literal["", "round_robin", "pick_first"] = "round_robin"
    authority: str = ""
    auth: NoneBlock[AuthConfig] = None
    middlewares: list[MiddlewareConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_grpc_endpoint(self) -> Self:
        """Demand a port behind an endpoint, unless gRPC resolves it by other means."""
        target = self.target
        if not target or "://" in target or target.startswith(("unix:", "dns:", "passthrough:")):
            return self
        _, colon, port = target.rpartition(":")
        if not colon:
            raise ValueError(f'endpoint "{self.endpoint}" has no port: write host:port, such as {target}:4317')
        if not (port.isascii() and port.isdigit() and 0 <= int(port) <= 65535):
            raise ValueError(f'endpoint "{self.endpoint}": "{port[:16]}" is not a port number')
        return self

    @property
    def target(self) -> str:
        """Endpoint without `http://` or `https://`."""
        for scheme in ("http://", "https://"):
            if self.endpoint.startswith(scheme):
                return self.endpoint.removeprefix(scheme)
        return self.endpoint

    @property
    def plain_text(self) -> bool:
        """Whether to connect without TLS."""
        if self.endpoint.startswith("https://"):
            return False
        return self.endpoint.startswith("http://") or self.tls.insecure
