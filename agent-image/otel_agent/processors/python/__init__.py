"""Changes telemetry by a function written in Python."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.PROCESSOR,
    type="python",
    stability={"traces": "alpha", "metrics": "alpha", "logs": "alpha"},
    config="otel_agent.processors.python.config:PythonConfig",
    factory="otel_agent.processors.python.factory:create",
    placement=Placement.EVERY_WORKER,
)
