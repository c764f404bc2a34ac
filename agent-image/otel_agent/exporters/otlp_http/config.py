"""Configuration of the OTLP/HTTP exporter."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from otel_agent.config.blocks.exporter_queue import QueueConfig, RetryConfig
from otel_agent.config.blocks.http_client import HttpClientConfig, HttpCompression
from otel_agent.config.model import Duration, SomeBlock

_WRITE_BUFFER = 512 * 1024
_ENDPOINTS = ("endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint")


class OtlpHttpExporterConfig(HttpClientConfig):
    """The OTLP/HTTP exporter."""

    timeout: Duration = 30.0
    """Seconds for one attempt; 0 is no limit."""
    compression: HttpCompression = "gzip"
    write_buffer_size: int = Field(default=_WRITE_BUFFER, ge=0)
    encoding: Literal["proto", "json"] = "proto"
    traces_endpoint: str = ""
    """Used as it is; without it `endpoint` with /v1/traces is used, likewise for the other signals."""
    metrics_endpoint: str = ""
    logs_endpoint: str = ""
    profiles_endpoint: str = ""
    """Accepted without effect."""
    retry_on_failure: RetryConfig = Field(default_factory=RetryConfig)
    sending_queue: SomeBlock[QueueConfig] = Field(default_factory=QueueConfig)

    @model_validator(mode="after")
    def check_endpoints(self) -> Self:
        """At least one endpoint, and each an http or https URL."""
        given = [name for name in _ENDPOINTS if getattr(self, name)]
        if not given:
            raise ValueError("at least one endpoint must be specified: set `endpoint`, such as http://otel-gateway:4318")
        for name in given:
            value = getattr(self, name)
            if "${" in value:
                continue
            url = urlsplit(value)
            if url.scheme not in ("http", "https") or not url.hostname:
                raise ValueError(f'{name} "{value}" is not an http:// or https:// URL')
        if self.timeout < 0:
            raise ValueError("'timeout' must be non-negative")
        return self

    def url(self, signal: str) -> str:
        """URL that a signal's requests go to; empty when neither of its endpoints is configured."""
        specific: str = getattr(self, f"{signal}_endpoint")
        if specific or not self.endpoint:
            return specific
        return f"{self.endpoint.rstrip('/')}/v1/{signal}"
