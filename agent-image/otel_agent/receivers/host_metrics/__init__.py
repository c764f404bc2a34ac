"""Reads metrics of the host it runs on: CPU, memory, disks, filesystems, network, processes."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.RECEIVER,
    type="host_metrics",
    aliases=("hostmetrics",),
    stability={"metrics": "beta"},
    config="otel_agent.receivers.host_metrics.config:HostMetricsConfig",
    factory="otel_agent.receivers.host_metrics.factory:create",
    placement=Placement.FIRST_WORKER,
)
