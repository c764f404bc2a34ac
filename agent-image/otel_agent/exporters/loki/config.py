"""Configuration of the Loki exporter."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from otel_agent.config.blocks.exporter_queue import QueueConfig, RetryConfig
from otel_agent.config.blocks.http_client import HttpClientConfig
from otel_agent.config.model import ConfigModel, Duration, SomeBlock

_WRITE_BUFFER = 512 * 1024


class DefaultLabels(ConfigModel):
    """Labels that every entry gets where its record has them."""

    exporter: bool = True
    job: bool = True
    instance: bool = True
    level: bool = True


class LokiExporterConfig(HttpClientConfig):
    """The Loki exporter; the keys of the Go exporter that was, and two of our own."""

    timeout: Duration = 30.0
    """Seconds for one attempt; 0 is no limit."""
    write_buffer_size: int = Field(default=_WRITE_BUFFER, ge=0)
    default_labels_enabled: DefaultLabels = Field(default_factory=DefaultLabels)
    encoding: Literal["protobuf", "json"] = "protobuf"
    """Of the push request; ours."""
    structured_metadata: bool = False
    """Send ids and attributes beside the line, which is the body then; ours. Loki needs schema v13 for it."""
    retry_on_failure: RetryConfig = Field(default_factory=RetryConfig)
    sending_queue: SomeBlock[QueueConfig] = Field(default_factory=QueueConfig)

    @model_validator(mode="after")
    def check_endpoint(self) -> Self:
        """Demand the URL that is pushed to."""
        if not self.endpoint:
            raise ValueError("requires a non-empty endpoint: set `endpoint`, such as http://loki:3100/loki/api/v1/push")
        url = urlsplit(self.endpoint)
        if "${" not in self.endpoint and (url.scheme not in ("http", "https") or not url.hostname):
            raise ValueError(f'endpoint "{self.endpoint}" is not an http:// or https:// URL')
        if self.timeout < 0:
            raise ValueError("'timeout' must be non-negative")
        return self
