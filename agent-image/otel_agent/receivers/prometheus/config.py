"""Configuration of the prometheus receiver."""

from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from otel_agent.config.blocks.http_client import HttpClientConfig
from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.model import ConfigModel, Duration, NoneBlock
from otel_agent.receivers.prometheus.settings.discovery import HttpDiscovery
from otel_agent.receivers.prometheus.settings.http_client import PromHttpClient
from otel_agent.receivers.prometheus.settings.scalars import PromDuration
from otel_agent.receivers.prometheus.settings.scrape import PrometheusFile

_REMOVED = {
    "use_start_time_metric": "use the metric_start_time processor",
    "start_time_metric_regex": "use the metric_start_time processor",
    "report_extra_scrape_metrics": "set extra_scrape_metrics in `config`",
}


class AllocatorDiscovery(PromHttpClient):
    """How the targets of a job are fetched from the allocator; the URL is the allocator's own."""

    url: str = ""
    refresh_interval: PromDuration = Field(default=30.0, gt=0)

    def for_url(self, url: str) -> HttpDiscovery:
        """Return the discovery of one job."""
        return HttpDiscovery.model_construct(**(dict(self) | {"url": url}))


class TargetAllocatorConfig(HttpClientConfig):
    """The server that divides targets among collectors."""

    interval: Duration = 30.0
    """Seconds between looks for changed jobs."""
    collector_id: str = ""
    http_sd_config: NoneBlock[AllocatorDiscovery] = None
    http_scrape_config: NoneBlock[PromHttpClient] = None

    @model_validator(mode="after")
    def check_allocator(self) -> Self:
        """Demand an address, and a name of this collector that is filled in."""
        parts = urlsplit(self.endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f'TargetAllocator endpoint "{self.endpoint}" is not valid: write an http:// or https:// URL')
        if not self.collector_id:
            raise ValueError(
                "CollectorID not provided: set collector_id to a name that no other collector has, such as ${env:POD_NAME}"
            )
        if "${" in self.collector_id:
            raise ValueError("CollectorID is not a valid ID: it holds an environment variable that was not expanded")
        if self.interval <= 0:
            raise ValueError("interval must be larger than zero")
        return self


class ApiServerConfig(ConfigModel):
    """Prometheus' own API on the receiver."""

    enabled: bool = False
    server_config: HttpServerConfig = Field(default_factory=HttpServerConfig)

    @model_validator(mode="after")
    def refuse_api_server(self) -> Self:
        """Not built."""
        if self.enabled:
            raise ValueError("api_server is not supported: what is scraped is in the receiver's own metrics and in the log")
        return self


class PrometheusReceiverConfig(ConfigModel):
    """What to scrape: a Prometheus file body, a target allocator, or both."""

    config: NoneBlock[PrometheusFile] = None
    trim_metric_suffixes: bool = False
    """Take `_total` and unit words off the names of metrics."""
    target_allocator: NoneBlock[TargetAllocatorConfig] = None
    api_server: ApiServerConfig = Field(default_factory=ApiServerConfig)

    @model_validator(mode="before")
    @classmethod
    def name_removed_keys(cls, raw: Any) -> Any:
        """Say what took the place of keys that are gone."""
        for key, instead in _REMOVED.items():
            if isinstance(raw, dict) and key in raw:
                raise ValueError(f"{key} was removed: {instead}")
        return raw

    @model_validator(mode="after")
    def check_something_to_scrape(self) -> Self:
        """Refuse a receiver that would never scrape."""
        has_jobs = self.config is not None and (self.config.scrape_configs or self.config.scrape_config_files)
        if not has_jobs and self.target_allocator is None:
            raise ValueError("no Prometheus scrape_configs or target_allocator set")
        return self
