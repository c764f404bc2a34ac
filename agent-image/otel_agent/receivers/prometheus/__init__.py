"""Scrapes Prometheus targets."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.RECEIVER,
    type="prometheus",
    aliases=(),
    stability={"metrics": "beta"},
    config="otel_agent.receivers.prometheus.config:PrometheusReceiverConfig",
    factory="otel_agent.receivers.prometheus.factory:create",
    placement=Placement.FIRST_WORKER,
)
