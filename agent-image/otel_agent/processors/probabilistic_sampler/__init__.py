"""Keeps a share of spans and log records, chosen by their trace id."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="probabilistic_sampler",
    stability={"traces": "beta", "logs": "alpha"},
    config="otel_agent.processors.probabilistic_sampler.config:ProbabilisticSamplerConfig",
    factory="otel_agent.processors.probabilistic_sampler.factory:create",
    placement=Placement.EVERY_WORKER,
)
