"""Sends OTLP by gRPC."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXPORTER,
    type="otlp_grpc",
    aliases=("otlp",),
    stability={"traces": "stable", "metrics": "stable", "logs": "stable"},
    config="otel_agent.exporters.otlp_grpc.config:OtlpGrpcExporterConfig",
    factory="otel_agent.exporters.otlp_grpc.factory:create",
    placement=Placement.EVERY_WORKER,
)
