"""Receives OTLP by gRPC and by HTTP (protobuf and JSON)."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.RECEIVER,
    type="otlp",
    aliases=(),
    stability={"traces": "stable", "metrics": "stable", "logs": "stable"},
    config="otel_agent.receivers.otlp.config:OtlpReceiverConfig",
    factory="otel_agent.receivers.otlp.factory:create",
    placement=Placement.EVERY_WORKER,
)
