"""Reads log files as they grow."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.RECEIVER,
    type="file_log",
    aliases=("filelog",),
    stability={"logs": "beta"},
    config="otel_agent.receivers.file_log.config:FileLogConfig",
    factory="otel_agent.receivers.file_log.factory:create",
    placement=Placement.FIRST_WORKER,
)
