"""Configuration of the prometheus exporter."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.exporter_queue import QueueConfig
from otel_agent.config.blocks.http_server import HttpServerConfig
from otel_agent.config.model import ConfigModel, DefaultBlock, Duration

StrategyName = Literal[
    "", "UnderscoreEscapingWithSuffixes", "UnderscoreEscapingWithoutSuffixes", "NoUTF8EscapingWithSuffixes", "NoTranslation"
]


class ResourceLabelsConfig(ConfigModel):
    """Whether resource attributes become labels of every series."""

    enabled: bool = False
    exclude_service_attributes: bool = False
    """Leave out service.name, service.namespace and service.instance.id, which are job and instance already."""


class PrometheusExporterConfig(HttpServerConfig):
    """An HTTP server with the path /metrics, and how metrics are shown there."""

    namespace: str = ""
    """Comes before every metric name, with a `_`."""
    const_labels: dict[str, str] = Field(default_factory=dict)
    send_timestamps: bool = False
    metric_expiration: Duration = 300.0
    """Seconds that a series is shown after its last point; 0 is for ever."""
    resource_to_telemetry_conversion: ResourceLabelsConfig = Field(default_factory=ResourceLabelsConfig)
    resource_constant_labels: ResourceLabelsConfig | None = None
    """Newer name of resource_to_telemetry_conversion."""
    enable_open_metrics: bool = True
    """Answer in OpenMetrics, which has exemplars, those that ask for it. The Go collector wants this turned on."""
    created_samples: bool = False
    """Ours: show start times in OpenMetrics as samples `…_created`. Protobuf always has them."""
    without_scope_info: bool = False
    add_metric_suffixes: bool = True
    """Deprecated; translation_strategy wins."""
    translation_strategy: StrategyName = ""
    series_limit: int = Field(default=100_000, ge=0)
    """Ours: series of one metric; points of further ones are dropped and counted. 0 is no limit."""
    total_series_limit: int = Field(default=1_000_000, ge=0)
    """Ours: series of all metrics together. 0 is no limit."""
    sending_queue: DefaultBlock[QueueConfig] = None
    """Off unless mentioned."""

    @model_validator(mode="after")
    def check_prometheus_exporter(self) -> Self:
        """Demand an endpoint, and one name for the block that was renamed."""
        if not self.endpoint.strip():
            raise ValueError('"endpoint" is required: the address that Prometheus scrapes, for example 0.0.0.0:9464')
        if self.resource_constant_labels is not None and "resource_to_telemetry_conversion" in self.model_fields_set:
            raise ValueError("resource_to_telemetry_conversion and resource_constant_labels are the same: remove the first")
        if self.metric_expiration < 0:
            raise ValueError("metric_expiration must not be negative")
        return self

    @property
    def resource_labels(self) -> ResourceLabelsConfig:
        """The block under whichever of its names."""
        return self.resource_constant_labels or self.resource_to_telemetry_conversion

    @property
    def strategy(self) -> str:
        """The translation strategy that holds."""
        if self.translation_strategy:
            return self.translation_strategy
        return "UnderscoreEscapingWithSuffixes" if self.add_metric_suffixes else "UnderscoreEscapingWithoutSuffixes"
