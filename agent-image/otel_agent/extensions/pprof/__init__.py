"""Profiles the running collector on demand."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="pprof",
    aliases=(),
    stability={"extension": "beta"},
    config="otel_agent.extensions.pprof.config:PprofConfig",
    factory="otel_agent.extensions.pprof.factory:create",
    placement=Placement.FIRST_WORKER,
)
