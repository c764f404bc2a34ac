"""Configuration of the probabilistic_sampler processor."""

from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel

_LEAST_PERCENTAGE = 100.0 / 2**56


class ProbabilisticSamplerConfig(ConfigModel):
    """Which share is kept, and by which hash."""

    sampling_percentage: float = Field(default=0, allow_inf_nan=False)
    """Read in single precision, as the Go processor does; 100 and more keeps all."""
    hash_seed: int = Field(default=0, ge=0, lt=2**32)
    mode: Literal["", "hash_seed", "equalizing", "proportional"] = ""
    """Empty is hash_seed."""
    fail_closed: bool = True
    """Whether items whose sampling information is missing or wrong are dropped; otherwise they are kept."""
    sampling_precision: int = 4
    """Hexadecimal digits of a threshold."""
    attribute_source: Literal["", "traceID", "record"] = "traceID"
    """Of log records: whether the trace id or `from_attribute` decides."""
    from_attribute: str = ""
    """Of log records: what decides where there is no trace id, or with `attribute_source: record`."""
    sampling_priority: str = ""
    """Of log records: an attribute with a percentage of its own."""

    @model_validator(mode="after")
    def check_sampler(self) -> Self:
        """Refuse a percentage or precision that cannot be."""
        if self.sampling_percentage < 0:
            raise ValueError(f"sampling rate is negative: {self.sampling_percentage:f}%")
        if 0 < self.sampling_percentage < _LEAST_PERCENTAGE:
            raise ValueError(f"sampling rate is too small: {self.sampling_percentage:g}%")
        if self.sampling_precision == 0:
            raise ValueError("invalid sampling precision: 0")
        if self.sampling_precision > 14:
            raise ValueError(f"sampling precision is too great, should be <= 14: {self.sampling_precision}")
        if self.sampling_precision < 0:
            raise ValueError(f"sampling precision must be positive: {self.sampling_precision}")
        return self
