"""Says of telemetry which pod it comes from."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="k8s_attributes",
    aliases=("k8sattributes",),
    stability={"traces": "beta", "metrics": "beta", "logs": "beta"},
    config="otel_agent.processors.k8s_attributes.config:K8sAttributesConfig",
    factory="otel_agent.processors.k8s_attributes.factory:create",
    placement=Placement.EVERY_WORKER,
)
