"""Sends OTLP by HTTP."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="otlp_http",
    aliases=("otlphttp",),
    stability={"traces": "stable", "metrics": "stable", "logs": "stable"},
    config="otel_agent.exporters.otlp_http.config:OtlpHttpExporterConfig",
    factory="otel_agent.exporters.otlp_http.factory:create",
    placement=Placement.EVERY_WORKER,
)
