"""Timeout, retry and queue settings that every pushing exporter has (exporterhelper).

An exporter mixes TimeoutConfig in and adds two fields:

`retry_on_failure: RetryConfig = Field(default_factory=RetryConfig)`
`sending_queue: SomeBlock[QueueConfig] = Field(default_factory=QueueConfig)`
"""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.metadata_keys import MetadataKeys
from otel_agent.config.expanded import unwrapped
from otel_agent.config.ids import ComponentIdText
from otel_agent.config.model import ConfigModel, DefaultBlock, Duration

Sizer = Literal["requests", "items", "bytes"]
BatchSizer = Literal["items", "bytes"]


class TimeoutConfig(ConfigModel):
    """Mixed into exporters, where `timeout` stands at the top level."""

    timeout: Duration = 5.0
    """Seconds for one attempt; 0 is no limit."""

    @model_validator(mode="after")
    def check_timeout(self) -> Self:
        """Refuse a negative timeout."""
        if self.timeout < 0:
            raise ValueError("'timeout' must be non-negative")
        return self


class RetryConfig(ConfigModel):
    """Back-off between attempts (configretry); all intervals in seconds."""

    enabled: bool = True
    initial_interval: Duration = 5.0
    randomization_factor: float = 0.5
    """Each wait is drawn from interval x (1 +/- this)."""
    multiplier: float = 1.5
    max_interval: Duration = 30.0
    max_elapsed_time: Duration = 300.0
    """0 retries for ever."""

    @model_validator(mode="after")
    def check_retry(self) -> Self:
        """Ranges of the intervals; not looked at when retry is off."""
        if not self.enabled:
            return self
        for name in ("initial_interval", "multiplier", "max_interval", "max_elapsed_time"):
            if getattr(self, name) < 0:
                raise ValueError(f"'{name}' must be non-negative")
        if not 0 <= self.randomization_factor <= 1:
            raise ValueError("'randomization_factor' must be within [0, 1]")
        if self.max_elapsed_time > 0:
            for name in ("initial_interval", "max_interval"):
                if self.max_elapsed_time < getattr(self, name):
                    raise ValueError(f"'max_elapsed_time' must not be less than '{name}'")
        return self


class PartitionConfig(ConfigModel):
    """Keeps batches apart by client metadata."""

    metadata_keys: MetadataKeys = Field(default_factory=list)


class QueueBatchConfig(ConfigModel):
    """Batching inside the sending queue."""

    flush_timeout: Duration = 0.2
    """Seconds after which a batch is sent whatever its size."""
    min_size: int = 8192
    max_size: int = 0
    """0 is no limit."""
    sizer: BatchSizer | None = None
    """None is "whatever QueueConfig.batch_sizer says"."""
    partition: PartitionConfig = Field(default_factory=PartitionConfig)

    @model_validator(mode="after")
    def check_batch(self) -> Self:
        """Sizes are in order and there is a flush timeout."""
        if self.flush_timeout <= 0:
            raise ValueError("`flush_timeout` must be positive")
        if self.min_size < 0:
            raise ValueError("`min_size` must be non-negative")
        if self.max_size < 0:
            raise ValueError("`max_size` must be non-negative")
        if 0 < self.max_size < self.min_size:
            raise ValueError("`max_size` must be greater than or equal to `min_size`")
        return self


class QueueConfig(ConfigModel):
    """Sending queue; declare it as SomeBlock so that `enabled: false` makes it None (synchronous sending)."""

    num_consumers: int = 10
    queue_size: int = 1000
    """Capacity in units of `sizer`."""
    sizer: Sizer = "requests"
    wait_for_result: bool = False
    block_on_overflow: bool = False
    storage: ComponentIdText | None = None
    """Storage extension that makes the queue persistent."""
    batch: DefaultBlock[QueueBatchConfig] = None

    @model_validator(mode="before")
    @classmethod
    def read_empty_batch(cls, raw: Any) -> Any:
        """Let `batch:` alone count items whatever the queue counts, as in Go; `batch: {}` counts what the queue does."""
        if isinstance(raw, dict) and "batch" in raw and unwrapped(raw["batch"]) is None:
            return {**raw, "batch": {"sizer": "items"}}
        return raw

    @property
    def batch_sizer(self) -> BatchSizer:
        """Unit of the batch sizes: its own, else the queue's if that was set to one a batch can have, else items."""
        if self.batch is not None and self.batch.sizer is not None:
            return self.batch.sizer
        if "sizer" in self.model_fields_set and self.sizer != "requests":
            return self.sizer
        return "items"

    @model_validator(mode="after")
    def check_queue(self) -> Self:
        """Capacity, consumers and the combinations that exclude each other."""
        if self.num_consumers <= 0:
            raise ValueError("`num_consumers` must be positive")
        if self.queue_size <= 0:
            raise ValueError("`queue_size` must be positive")
        if self.wait_for_result and self.storage is not None:
            raise ValueError("`wait_for_result` is not supported with a persistent queue configured with `storage`")
        if self.batch is not None and self.batch_sizer == self.sizer and self.batch.min_size > self.queue_size:
            raise ValueError("`batch::min_size` must be less than or equal to `queue_size` when they have the same sizer")
        return self
