"""Where the collector's own metrics go: the part of OpenTelemetry's declarative configuration that service::telemetry uses."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from otel_agent.config.blocks.headers import OpaqueHeaders
from otel_agent.config.model import ConfigModel, DefaultBlock, NoneBlock, Opaque


class IncludeExclude(ConfigModel):
    """Wildcard patterns of names."""

    included: list[str] = Field(default_factory=list)
    excluded: list[str] = Field(default_factory=list)


class PrometheusReaderConfig(ConfigModel):
    """Address and name rules of the /metrics page. Nothing is appended to names unless asked for, as in Go since v0.152."""

    host: str = "localhost"
    port: int = Field(default=8888, ge=0, le=65535)
    without_scope_info: bool = True
    without_units: bool = True
    without_type_suffix: bool = True
    with_resource_constant_labels: NoneBlock[IncludeExclude] = None
    translation_strategy: str = ""


class OtlpReaderConfig(ConfigModel):
    """OTLP push of the collector's own telemetry; timeout in milliseconds."""

    protocol: Literal["grpc", "http/protobuf"]
    endpoint: str = ""
    compression: Literal["", "none", "gzip"] = ""
    timeout: int = Field(default=10_000, ge=0)
    headers: OpaqueHeaders = Field(default_factory=dict)
    headers_list: Opaque = Opaque("")
    insecure: bool = False
    certificate: str = ""
    client_certificate: str = ""
    client_key: str = ""
    temporality_preference: Literal["", "cumulative", "delta", "low_memory", "lowmemory"] = ""
    default_histogram_aggregation: Literal["", "explicit_bucket_histogram", "base2_exponential_bucket_histogram"] = ""


class ConsoleConfig(ConfigModel):
    """Standard output."""

    temporality_preference: str = ""


class PullExporter(ConfigModel):
    """Exporter of a pull reader."""

    prometheus: DefaultBlock[PrometheusReaderConfig] = None


class PushExporter(ConfigModel):
    """Exporter of a periodic reader or a processor: exactly one."""

    otlp: NoneBlock[OtlpReaderConfig] = None
    console: DefaultBlock[ConsoleConfig] = None

    @model_validator(mode="after")
    def check_push_exporter(self) -> Self:
        """Demand exactly one of the exporters."""
        if (self.otlp is None) == (self.console is None):
            raise ValueError("must have exactly one of otlp and console")
        return self


class PullReader(ConfigModel):
    """Metrics that are fetched."""

    exporter: PullExporter

    @model_validator(mode="after")
    def check_pull_exporter(self) -> Self:
        """Demand the one exporter there is."""
        if self.exporter.prometheus is None:
            raise ValueError("exporter must have prometheus")
        return self


class PeriodicReader(ConfigModel):
    """Metrics that are pushed; milliseconds."""

    interval: int = Field(default=60_000, gt=0)
    timeout: int = Field(default=30_000, gt=0)
    exporter: PushExporter


class MetricReader(ConfigModel):
    """One way out for metrics."""

    pull: NoneBlock[PullReader] = None
    periodic: NoneBlock[PeriodicReader] = None

    @model_validator(mode="after")
    def check_reader(self) -> Self:
        """Demand exactly one kind of reader."""
        if (self.pull is None) == (self.periodic is None):
            raise ValueError("must have exactly one of pull and periodic")
        return self


class BatchProcessorConfig(ConfigModel):
    """Batching of the collector's own logs or spans; milliseconds."""

    schedule_delay: int = Field(default=5_000, ge=0)
    export_timeout: int = Field(default=30_000, ge=0)
    max_queue_size: int = Field(default=2_048, gt=0)
    max_export_batch_size: int = Field(default=512, gt=0)
    exporter: PushExporter


class SimpleProcessorConfig(ConfigModel):
    """Logs or spans sent one by one."""

    exporter: PushExporter


class TelemetryProcessor(ConfigModel):
    """One way out for the collector's own logs or spans."""

    batch: NoneBlock[BatchProcessorConfig] = None
    simple: NoneBlock[SimpleProcessorConfig] = None

    @model_validator(mode="after")
    def check_processor(self) -> Self:
        """Demand exactly one kind of processor."""
        if (self.batch is None) == (self.simple is None):
            raise ValueError("must have exactly one of batch and simple")
        return self


def _check_view(value: Any) -> Any:
    if isinstance(value, dict) and not value.keys() - {"selector", "stream"}:
        return value
    raise ValueError("a view must be a map with the keys selector and stream")


View = Annotated[dict[str, Any], BeforeValidator(_check_view)]
"""Selector and stream of a metric view, as written."""
