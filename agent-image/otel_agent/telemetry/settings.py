"""Turns service.telemetry into what logging and the /metrics reader need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from otel_agent.config.telemetry import LogsConfig, MetricsConfig, TelemetryConfig
from otel_agent.config.telemetry_readers import IncludeExclude, PrometheusReaderConfig
from otel_agent.telemetry.exposition import Naming, label_name
from otel_agent.telemetry.logs import LogSampling, LogSettings
from otel_agent.telemetry.metrics import Level

SERVICE_NAME = "otelcol"


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """One Prometheus page."""

    host: str
    port: int
    naming: Naming


def resource_of(telemetry: TelemetryConfig, version: str, instance: str) -> dict[str, str]:
    """Resource of the collector's own telemetry: the defaults, overridden, without those set to null.

    `instance` is the default of service.instance.id, random and the same for as long as the process runs.
    """
    defaults = {"service.name": SERVICE_NAME, "service.version": version, "service.instance.id": instance}
    merged = {**defaults, **telemetry.resource}
    return {key: value for key, value in merged.items() if value is not None}


def log_settings(logs: LogsConfig, resource: Mapping[str, str]) -> LogSettings:
    """Resolve the log output."""
    sampling = logs.sampling
    fields = dict(logs.initial_fields) if logs.disable_zap_resource else {"resource": dict(resource), **logs.initial_fields}
    return LogSettings(
        level=logs.level,
        encoding=logs.encoding,
        caller=not logs.disable_caller,
        stacktrace=not logs.disable_stacktrace,
        sampling=LogSampling(sampling.tick, sampling.initial, sampling.thereafter) if sampling.enabled else None,
        output_paths=tuple(logs.output_paths),
        fields=fields,
    )


def level_of(metrics: MetricsConfig) -> Level:
    """Level of detail of the collector's own metrics."""
    return Level[metrics.level.upper()]


def readers_of(metrics: MetricsConfig, resource: Mapping[str, str]) -> Iterator[ReaderSettings]:
    """Every Prometheus page to serve; none with level none."""
    if metrics.level == "none":
        return
    for reader in metrics.readers:
        page = reader.pull.exporter.prometheus if reader.pull is not None else None
        if page is not None:
            yield ReaderSettings(page.host, page.port, _naming(page, resource))


def pushes_anything(telemetry: TelemetryConfig) -> bool:
    """Whether there is anything to push; without, `otel_agent.reporting` need not be loaded."""
    periodic = any(reader.periodic is not None for reader in telemetry.metrics.readers)
    return periodic or bool(telemetry.logs.processors or telemetry.traces.processors)


def ignored_settings(telemetry: TelemetryConfig) -> Iterator[str]:
    """Paths of settings that are accepted but have no effect here."""
    for index, reader in enumerate(telemetry.metrics.readers):
        otlp = reader.periodic.exporter.otlp if reader.periodic is not None else None
        path = f"service::telemetry::metrics::readers::{index}::periodic::exporter::otlp"
        if otlp is not None and otlp.temporality_preference not in ("", "cumulative"):
            yield f"{path}::temporality_preference"
        if otlp is not None and otlp.default_histogram_aggregation not in ("", "explicit_bucket_histogram"):
            yield f"{path}::default_histogram_aggregation"
    if telemetry.metrics.views:
        yield "service::telemetry::metrics::views"
    if telemetry.metrics.address:
        yield "service::telemetry::metrics::address"
    if telemetry.logs.development:
        yield "service::telemetry::logs::development"
    if telemetry.logs.error_output_paths != ["stderr"]:
        yield "service::telemetry::logs::error_output_paths"
    if telemetry.traces.propagators:
        yield "service::telemetry::traces::propagators"


def _naming(page: PrometheusReaderConfig, resource: Mapping[str, str]) -> Naming:
    """Rules of one page; a translation strategy takes the place of the switches for suffixes."""
    strategy = page.translation_strategy
    plain = not strategy.endswith("WithSuffixes") if strategy else None
    return Naming(
        without_type_suffix=page.without_type_suffix if plain is None else plain,
        without_units=page.without_units if plain is None else plain,
        without_scope_info=page.without_scope_info,
        constant_labels=_constant_labels(page.with_resource_constant_labels, resource),
    )


def _constant_labels(chosen: IncludeExclude | None, resource: Mapping[str, str]) -> dict[str, str]:
    if chosen is None:
        return {}

    def matches(key: str, patterns: list[str]) -> bool:
        return any(fnmatchcase(key, pattern) for pattern in patterns)

    return {
        label_name(key): value
        for key, value in resource.items()
        if (not chosen.included or matches(key, chosen.included)) and not matches(key, chosen.excluded)
    }
