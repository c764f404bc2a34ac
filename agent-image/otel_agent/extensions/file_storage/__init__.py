"""Keeps the state of other components in files."""

from otel_agent.config.component import ComponentInfo, ComponentKind, Placement

COMPONENT = ComponentInfo(
    kind=ComponentKind.EXTENSION,
    type="file_storage",
    aliases=(),
    stability={"extension": "beta"},
    config="otel_agent.extensions.file_storage.config:FileStorageConfig",
    factory="otel_agent.extensions.file_storage.factory:create",
    placement=Placement.EVERY_WORKER,
)
