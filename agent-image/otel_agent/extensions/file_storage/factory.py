"""Makes file_storage extensions."""

from otel_agent.extensions.file_storage.config import FileStorageConfig
from otel_agent.extensions.file_storage.extension import FileStorage
from otel_agent.pipeline.component import BuildContext, Component


def create(config: FileStorageConfig, context: BuildContext) -> Component:
    """Return the extension."""
    return FileStorage(config, context)
