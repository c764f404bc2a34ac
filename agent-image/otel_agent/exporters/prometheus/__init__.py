"""Shows the latest metrics to Prometheus servers that scrape."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="prometheus",
    aliases=(),
    stability={"metrics": "beta"},
    config="otel_agent.exporters.prometheus.config:PrometheusExporterConfig",
    factory="otel_agent.exporters.prometheus.factory:create",
    placement=Placement.ONE_PROCESS,
)
