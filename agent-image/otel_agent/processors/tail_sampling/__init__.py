"""Keeps the spans of each trace together for a while, then decides whether the trace is handed on or dropped."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="tail_sampling",
    stability={"traces": "beta"},
    config="otel_agent.processors.tail_sampling.config:TailSamplingConfig",
    factory="otel_agent.processors.tail_sampling.factory:create",
    placement=Placement.ONE_PROCESS,
)
