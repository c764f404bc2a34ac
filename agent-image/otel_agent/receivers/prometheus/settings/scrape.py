"""One scrape job, and the file around the jobs."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel
from otel_agent.receivers.prometheus.settings.discovery import DiscoveryConfigs
from otel_agent.receivers.prometheus.settings.http_client import PromHttpClient
from otel_agent.receivers.prometheus.settings.relabel import RelabelConfig
from otel_agent.receivers.prometheus.settings.scalars import PromDuration, PromSize

ScrapeProtocol = Literal[
    "PrometheusProto", "OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"
]
ValidationScheme = Literal["", "utf8", "legacy"]
EscapingScheme = Literal["", "allow-utf-8", "underscores", "dots", "values"]
DEFAULT_PROTOCOLS: tuple[ScrapeProtocol, ...] = (
    "OpenMetricsText1.0.0",
    "OpenMetricsText0.0.1",
    "PrometheusText1.0.0",
    "PrometheusText0.0.4",
)
_NATIVE_PROTOCOLS: tuple[ScrapeProtocol, ...] = ("PrometheusProto", *DEFAULT_PROTOCOLS)
_UNSUPPORTED = ("remote_write", "remote_read", "rule_files", "alerting")


class ScrapeLimits(ConfigModel):
    """What `global` and a job both have; None in a job means that of `global`."""

    body_size_limit: PromSize | None = None
    sample_limit: int | None = Field(default=None, ge=0)
    target_limit: int | None = Field(default=None, ge=0)
    label_limit: int | None = Field(default=None, ge=0)
    label_name_length_limit: int | None = Field(default=None, ge=0)
    label_value_length_limit: int | None = Field(default=None, ge=0)
    keep_dropped_targets: int | None = Field(default=None, ge=0)
    scrape_protocols: list[ScrapeProtocol] | None = None
    metric_name_validation_scheme: ValidationScheme = ""
    metric_name_escaping_scheme: EscapingScheme = ""
    scrape_failure_log_file: str = ""
    scrape_native_histograms: bool | None = None
    always_scrape_classic_histograms: bool | None = None
    convert_classic_histograms_to_nhcb: bool | None = None
    extra_scrape_metrics: bool | None = None

    @model_validator(mode="after")
    def check_protocols(self) -> Self:
        """Each protocol once, and at least one."""
        protocols = self.scrape_protocols
        if protocols is not None and not protocols:
            raise ValueError("scrape_protocols cannot be empty")
        if protocols is not None and len(set(protocols)) != len(protocols):
            raise ValueError(f"duplicated protocol in scrape_protocols, got {protocols}")
        if self.scrape_failure_log_file:
            raise ValueError("scrape_failure_log_file is not supported: failed scrapes are in the collector's log")
        return self


class GlobalConfig(ScrapeLimits):
    """Defaults of all jobs."""

    scrape_interval: PromDuration = Field(default=60.0, gt=0)
    scrape_timeout: PromDuration | None = None
    evaluation_interval: PromDuration = 60.0
    rule_query_offset: PromDuration = 0.0
    query_log_file: str = ""
    external_labels: dict[str, str] = Field(default_factory=dict)
    runtime: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_timeout(self) -> Self:
        """See that a scrape ends before the next begins."""
        if self.scrape_timeout is not None and self.scrape_timeout > self.scrape_interval:
            raise ValueError("global scrape timeout greater than scrape interval")
        return self


class ScrapeConfig(ScrapeLimits, DiscoveryConfigs, PromHttpClient):
    """One job."""

    job_name: str = ""
    scrape_interval: PromDuration | None = None
    scrape_timeout: PromDuration | None = None
    fallback_scrape_protocol: ScrapeProtocol | Literal[""] = ""
    scrape_classic_histograms: bool | None = None
    """Older name of always_scrape_classic_histograms."""
    native_histogram_bucket_limit: int = Field(default=0, ge=0)
    native_histogram_min_bucket_factor: float = 0.0
    honor_labels: bool = False
    honor_timestamps: bool = True
    track_timestamps_staleness: bool = False
    enable_compression: bool = True
    metrics_path: str = "/metrics"
    scheme: Literal["http", "https"] = "http"
    params: dict[str, list[str]] = Field(default_factory=dict)
    relabel_configs: list[RelabelConfig] = Field(default_factory=list)
    metric_relabel_configs: list[RelabelConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_job(self) -> Self:
        """Demand a name, and times that fit each other."""
        if not self.job_name:
            raise ValueError("job_name is empty")
        interval, timeout = self.scrape_interval, self.scrape_timeout
        if interval and timeout and timeout > interval:
            raise ValueError(f'scrape timeout greater than scrape interval for scrape config with job name "{self.job_name}"')
        if self.native_histogram_min_bucket_factor:
            raise ValueError("native_histogram_min_bucket_factor is not supported; native_histogram_bucket_limit is")
        return self

    def with_defaults(self, defaults: GlobalConfig) -> "ScrapeConfig":
        """Return the job with everything that it leaves to `global` filled in; ValueError when the times do not fit."""
        interval = self.scrape_interval or defaults.scrape_interval
        timeout = self.scrape_timeout or min(defaults.scrape_timeout or 10.0, interval)
        if timeout > interval:
            raise ValueError(f'scrape timeout greater than scrape interval for scrape config with job name "{self.job_name}"')
        update: dict[str, Any] = {"scrape_interval": interval, "scrape_timeout": timeout}
        for name in ScrapeLimits.model_fields:
            if getattr(self, name) in (None, ""):
                update[name] = getattr(defaults, name)
        native = update.get("scrape_native_histograms", self.scrape_native_histograms)
        if update.get("scrape_protocols", self.scrape_protocols) is None:
            update["scrape_protocols"] = list(_NATIVE_PROTOCOLS if native else DEFAULT_PROTOCOLS)
        if self.scrape_classic_histograms is not None:
            update["always_scrape_classic_histograms"] = self.scrape_classic_histograms
        return self.model_copy(update=update)


class PrometheusFile(ConfigModel):
    """The body of a Prometheus configuration file, as far as it tells what to scrape."""

    global_config: GlobalConfig = Field(default_factory=GlobalConfig, alias="global")
    scrape_configs: list[ScrapeConfig] = Field(default_factory=list)
    scrape_config_files: list[str] = Field(default_factory=list)
    """Patterns of files that hold `scrape_configs`; read when the receiver starts."""
    storage: dict[str, Any] = Field(default_factory=dict)
    tracing: dict[str, Any] = Field(default_factory=dict)
    otlp: dict[str, Any] = Field(default_factory=dict)
    runtime: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def refuse_server_features(cls, raw: Any) -> Any:
        """Name the keys that only a Prometheus server can act on."""
        found = [key for key in _UNSUPPORTED if isinstance(raw, dict) and raw.get(key)]
        if found:
            raise ValueError(f"unsupported features: {', '.join(found)}; this receiver only scrapes, remove these keys")
        if isinstance(raw, dict):
            return {key: value for key, value in raw.items() if key not in _UNSUPPORTED}
        return raw

    @model_validator(mode="after")
    def check_jobs(self) -> Self:
        """Job names are unique, and each job fits the defaults."""
        seen: set[str] = set()
        for job in self.scrape_configs:
            if job.job_name in seen:
                raise ValueError(f'found multiple scrape configs with job name "{job.job_name}"')
            seen.add(job.job_name)
            job.with_defaults(self.global_config)
        return self


class ScrapeConfigFile(ConfigModel):
    """The content of a file that scrape_config_files names."""

    scrape_configs: list[ScrapeConfig] = Field(default_factory=list)
