"""Configuration of the health_check extension."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.blocks.listen_address import parse_tcp_endpoint
from otel_agent.config.model import ConfigModel, NoneBlock


class ResponseBody(ConfigModel):
    """Plain-text bodies instead of the JSON ones."""

    healthy: str = ""
    unhealthy: str = ""


class CheckCollectorPipeline(ConfigModel):
    """Accepted for compatibility; has no effect, as in the Go collector."""

    enabled: bool = False
    interval: str = "5m"
    exporter_failure_threshold: int = 5


class HealthCheckConfig(HttpServerConfig):
    """An HTTP server with one path."""

    endpoint: str = "localhost:13133"
    path: str = "/"
    response_body: NoneBlock[ResponseBody] = None
    check_collector_pipeline: CheckCollectorPipeline = Field(default_factory=CheckCollectorPipeline)

    @model_validator(mode="after")
    def check_health_check(self) -> Self:
        """Refuse a path that is not absolute, and what it cannot listen at."""
        if not self.path.startswith("/"):
            raise ValueError("path must start with /")
        parse_tcp_endpoint(self.endpoint, self.transport)
        return self
