"""Configuration of the zpages extension."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.blocks.listen_address import parse_tcp_endpoint
from otel_agent.config.model import ConfigModel


class ExpvarConfig(ConfigModel):
    """The page /debug/expvarz."""

    enabled: bool = False


class ZPagesConfig(HttpServerConfig):
    """An HTTP server."""

    endpoint: str = "localhost:55679"
    expvar: ExpvarConfig = Field(default_factory=ExpvarConfig)

    @model_validator(mode="after")
    def check_zpages(self) -> Self:
        """Demand an address, as the Go extension does."""
        if not self.endpoint:
            raise ValueError('"endpoint" is required when using the "zpages" extension')
        parse_tcp_endpoint(self.endpoint, self.transport)
        return self
