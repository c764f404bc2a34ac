"""Configuration of the OTLP receiver."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.blocks.grpc_server import GrpcServerConfig
from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.component import Placement
from otel_agent.config.model import ConfigModel, DefaultBlock, Duration


class OtlpGrpcConfig(GrpcServerConfig):
    """OTLP/gRPC."""

    endpoint: str = "localhost:4317"


class OtlpHttpConfig(HttpServerConfig):
    """OTLP/HTTP. Unlike other HTTP servers, this one has no limits on the time a request may take unless configured."""

    endpoint: str = "localhost:4318"
    read_header_timeout: Duration = 0.0
    write_timeout: Duration = 0.0
    idle_timeout: Duration = 0.0
    traces_url_path: str = "/v1/traces"
    metrics_url_path: str = "/v1/metrics"
    logs_url_path: str = "/v1/logs"

    @field_validator("traces_url_path", "metrics_url_path", "logs_url_path")
    @classmethod
    def add_leading_slash(cls, path: str) -> str:
        """Make a path absolute; an empty one cannot be reached and is refused."""
        if not path:
            raise ValueError("the URL path must not be empty")
        return path if path.startswith("/") else f"/{path}"

    @model_validator(mode="after")
    def check_paths_differ(self) -> Self:
        """One path cannot take two signals."""
        paths = (self.traces_url_path, self.metrics_url_path, self.logs_url_path)
        if len(set(paths)) != len(paths):
            raise ValueError("traces_url_path, metrics_url_path and logs_url_path must differ")
        return self


class ProtocolsConfig(ConfigModel):
    """The protocols to serve; naming one, even with nothing behind it, turns it on."""

    grpc: DefaultBlock[OtlpGrpcConfig] = None
    http: DefaultBlock[OtlpHttpConfig] = None


class OtlpReceiverConfig(ConfigModel):
    """The OTLP receiver."""

    protocols: ProtocolsConfig = Field(default_factory=ProtocolsConfig)

    @model_validator(mode="after")
    def check_some_protocol(self) -> Self:
        """Refuse a receiver that would receive nothing."""
        if self.protocols.grpc is None and self.protocols.http is None:
            raise ValueError("must specify at least one protocol when using the OTLP receiver")
        return self

    def restricted_placement(self) -> Placement | None:
        """Ports can be shared by several workers, a unix socket is one process's."""
        blocks = [block for block in (self.protocols.grpc, self.protocols.http) if block is not None]
        unix = any(block.transport == "unix" or block.endpoint.startswith("unix:") for block in blocks)
        return Placement.FIRST_WORKER if unix else None
