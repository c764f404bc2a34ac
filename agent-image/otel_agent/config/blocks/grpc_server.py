"""gRPC server settings (configgrpc.ServerConfig)."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.listen_address import parse_endpoint
from otel_agent.config.blocks.references import AuthConfig, MiddlewareConfig
from otel_agent.config.blocks.tls import TlsServerConfig
from otel_agent.config.model import ConfigModel, Duration, NoneBlock

DEFAULT_MAX_RECV_MSG_SIZE_MIB = 4

GrpcTransport = Literal["tcp", "tcp4", "tcp6", "unix"]


class KeepaliveServerParameters(ConfigModel):
    """When the server pings and closes connections; 0 is the default of gRPC."""

    max_connection_idle: Duration = 0.0
    max_connection_age: Duration = 0.0
    max_connection_age_grace: Duration = 0.0
    time: Duration = 0.0
    timeout: Duration = 0.0


class KeepaliveEnforcementPolicy(ConfigModel):
    """How often clients may ping; 0 is the default of gRPC."""

    min_time: Duration = 0.0
    permit_without_stream: bool = False


class KeepaliveServerConfig(ConfigModel):
    """Keepalive of a gRPC server."""

    server_parameters: KeepaliveServerParameters = Field(default_factory=KeepaliveServerParameters)
    enforcement_policy: KeepaliveEnforcementPolicy = Field(default_factory=KeepaliveEnforcementPolicy)


class GrpcServerConfig(ConfigModel):
    """gRPC server; component subclasses override the endpoint."""

    endpoint: str = ""
    transport: GrpcTransport = "tcp"
    tls: NoneBlock[TlsServerConfig] = None
    max_recv_msg_size_mib: int = Field(default=0, ge=0)
    """MiB of one message; 0 is 4 MiB."""
    max_concurrent_streams: int = Field(default=0, ge=0)
    read_buffer_size: int = Field(default=512 * 1024, ge=0)
    write_buffer_size: int = Field(default=0, ge=0)
    keepalive: NoneBlock[KeepaliveServerConfig] = None
    auth: NoneBlock[AuthConfig] = None
    include_metadata: bool = False
    middlewares: list[MiddlewareConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_listen_address(self) -> Self:
        """Refuse what nothing can listen at; a component says itself whether it needs an address."""
        if self.endpoint:
            parse_endpoint(self.endpoint, self.transport)
        return self

    @property
    def max_recv_bytes(self) -> int:
        """Bytes that one message may have."""
        return (self.max_recv_msg_size_mib or DEFAULT_MAX_RECV_MSG_SIZE_MIB) * 1024 * 1024
