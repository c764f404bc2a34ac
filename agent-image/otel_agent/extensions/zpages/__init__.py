"""Shows the collector's parts and their health as web pages."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="zpages",
    aliases=(),
    stability={"extension": "beta"},
    config="otel_agent.extensions.zpages.config:ZPagesConfig",
    factory="otel_agent.extensions.zpages.factory:create",
    placement=Placement.SUPERVISOR,
)
