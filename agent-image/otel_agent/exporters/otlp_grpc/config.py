"""Configuration of the OTLP/gRPC exporter."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.exporter_queue import QueueConfig, RetryConfig, TimeoutConfig
from otel_agent.config.blocks.grpc_client import GrpcClientConfig, GrpcCompression, KeepaliveClientConfig
from otel_agent.config.model import NoneBlock, SomeBlock


class OtlpGrpcExporterConfig(GrpcClientConfig, TimeoutConfig):
    """The OTLP/gRPC exporter."""

    compression: GrpcCompression = "gzip"
    keepalive: NoneBlock[KeepaliveClientConfig] = None
    retry_on_failure: RetryConfig = Field(default_factory=RetryConfig)
    sending_queue: SomeBlock[QueueConfig] = Field(default_factory=QueueConfig)

    @model_validator(mode="after")
    def check_endpoint_given(self) -> Self:
        """There is no default peer."""
        if not self.target:
            raise ValueError("requires a non-empty endpoint: set `endpoint` to host:port of the receiver")
        return self
