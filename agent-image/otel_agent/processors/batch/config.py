"""Configuration of the batch processor."""

from typing import Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.metadata_keys import MetadataKeys
from otel_agent.config.model import ConfigModel, Duration


class BatchConfig(ConfigModel):
    """Sizes are in items: spans, data points or log records."""

    timeout: Duration = 0.2
    """Seconds after which a batch is sent whatever its size; 0 sends at once."""
    send_batch_size: int = Field(default=8192, ge=0)
    """Items that trigger sending; 0 sends at once."""
    send_batch_max_size: int = Field(default=0, ge=0)
    """Most items in one batch; 0 is no limit."""
    metadata_keys: MetadataKeys = Field(default_factory=list)
    """One batcher for each combination of these client metadata values."""
    metadata_cardinality_limit: int = Field(default=1000, ge=0)
    """Most combinations; 0 is no limit."""

    @model_validator(mode="after")
    def check_batch(self) -> Self:
        """Refuse a maximum below the trigger and a negative timeout."""
        if 0 < self.send_batch_max_size < self.send_batch_size:
            raise ValueError("send_batch_max_size must be greater or equal to send_batch_size")
        if self.timeout < 0:
            raise ValueError("timeout must be greater or equal to 0")
        return self
