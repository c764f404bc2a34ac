"""Configuration of the debug exporter."""

from typing import Literal

from pydantic import Field

from otel_agent.config.blocks.exporter_queue import QueueConfig
from otel_agent.config.model import ConfigModel, DefaultBlock


class DebugConfig(ConfigModel):
    """How much is written, and where."""

    verbosity: Literal["basic", "normal", "detailed", "Basic", "Normal", "Detailed"] = "basic"
    sampling_initial: int = Field(default=2, ge=0)
    """Requests written in each second before sampling begins."""
    sampling_thereafter: int = Field(default=1, ge=0)
    """After those, every so-manyth is written; 1 writes all, 0 none."""
    use_internal_logger: bool = True
    """Write to the collector's own log; otherwise to output_paths."""
    output_paths: list[str] = Field(default_factory=lambda: ["stdout"])
    """Files, `stdout` or `stderr`."""
    sending_queue: DefaultBlock[QueueConfig] = None
    """Off unless mentioned."""
