"""Configuration of the policies of the tail_sampling processor: the conditions on single traces, and what combines them."""

from collections.abc import Callable
from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel
from otel_agent.ottl.functions import CONVERTERS
from otel_agent.ottl.program import compile_condition, read_condition

INT64 = 2**63


class Latency(ConfigModel):
    """Milliseconds; above `threshold_ms` and up to `upper_threshold_ms`; without the upper one, not below `threshold_ms`."""

    threshold_ms: int = Field(default=0, ge=-INT64, lt=INT64)
    upper_threshold_ms: int = Field(default=0, ge=-INT64, lt=INT64)


class NumericAttribute(ConfigModel):
    """A bound of 0 is none."""

    key: str = ""
    min_value: int = Field(default=0, ge=-INT64, lt=INT64)
    max_value: int = Field(default=0, ge=-INT64, lt=INT64)
    invert_match: bool = False


class Probabilistic(ConfigModel):
    """A share of the traces, the same in every collector with this salt; an empty salt is "default-hash-seed"."""

    hash_salt: str = ""
    sampling_percentage: float = Field(default=0, allow_inf_nan=False)


class StatusCode(ConfigModel):
    """OK, ERROR, UNSET."""

    status_codes: list[str] = Field(default_factory=list)


class StringAttribute(ConfigModel):
    """Exact texts, or patterns that are searched for."""

    key: str = ""
    values: list[str] = Field(default_factory=list)
    enabled_regex_matching: bool = False
    cache_max_size: int = 0
    """Accepted; patterns are quick enough without a cache."""
    invert_match: bool = False


class BooleanAttribute(ConfigModel):
    """An attribute that is this."""

    key: str = ""
    value: bool = False
    invert_match: bool = False


class RateLimiting(ConfigModel):
    """Spans; a burst of 0 is twice what a second allows."""

    spans_per_second: int = Field(default=0, ge=0, lt=INT64)
    burst_capacity: int = Field(default=0, ge=0, lt=INT64)


class BytesLimiting(ConfigModel):
    """Bytes of the traces as OTLP; a burst of 0 is twice what a second allows."""

    bytes_per_second: int = Field(default=0, ge=0, lt=INT64)
    burst_capacity: int = Field(default=0, ge=0, lt=INT64)


class SpanCount(ConfigModel):
    """A maximum of 0 is none."""

    min_spans: int = Field(default=0, ge=-(2**31), lt=2**31)
    max_spans: int = Field(default=0, ge=-(2**31), lt=2**31)


class TraceState(ConfigModel):
    """A member of the W3C tracestate that is one of these."""

    key: str = ""
    values: list[str] = Field(default_factory=list)


class OttlCondition(ConfigModel):
    """Conditions on spans and their events; one has to be true for one of them."""

    error_mode: Literal["", "ignore", "silent", "propagate"] = ""
    span: list[str] = Field(default_factory=list)
    spanevent: list[str] = Field(default_factory=list)


class SharedPolicy(ConfigModel):
    """What every policy may be, wherever it stands. The block of another type than its own has no meaning."""

    name: str = ""
    type: str = ""
    latency: Latency = Field(default_factory=Latency)
    numeric_attribute: NumericAttribute = Field(default_factory=NumericAttribute)
    probabilistic: Probabilistic = Field(default_factory=Probabilistic)
    status_code: StatusCode = Field(default_factory=StatusCode)
    string_attribute: StringAttribute = Field(default_factory=StringAttribute)
    rate_limiting: RateLimiting = Field(default_factory=RateLimiting)
    bytes_limiting: BytesLimiting = Field(default_factory=BytesLimiting)
    span_count: SpanCount = Field(default_factory=SpanCount)
    trace_state: TraceState = Field(default_factory=TraceState)
    boolean_attribute: BooleanAttribute = Field(default_factory=BooleanAttribute)
    ottl_condition: OttlCondition = Field(default_factory=OttlCondition)

    @classmethod
    def types(cls) -> tuple[str, ...]:
        """Types that a policy can have where this model stands."""
        return SHARED_TYPES

    @model_validator(mode="after")
    def check_type(self) -> Self:
        """Refuse a type that is none here, and settings that the type cannot work with."""
        if self.type not in self.types():
            raise ValueError(f"unknown sampling policy type {self.type!r}, supported here: {', '.join(self.types())}")
        if check := _CHECKS.get(self.type):
            check(self)
        return self


class NotSubPolicy(SharedPolicy):
    """What is turned round."""


class Not(ConfigModel):
    """Samples what its policy does not."""

    not_sub_policy: NotSubPolicy | None = None


class AndSubPolicy(SharedPolicy):
    """One of several that all must sample."""

    not_: Not = Field(default_factory=Not, alias="not")

    @classmethod
    def types(cls) -> tuple[str, ...]:
        """Also the opposite of a policy."""
        return (*SHARED_TYPES, "not")


class And(ConfigModel):
    """Samples when all of its policies do."""

    and_sub_policy: list[AndSubPolicy] = Field(default_factory=list)


class Drop(ConfigModel):
    """Drops a trace when all of its policies would sample it, whatever other policies say."""

    drop_sub_policy: list[AndSubPolicy] = Field(default_factory=list)


class CompositeSubPolicy(SharedPolicy):
    """One of several that share a rate."""

    and_: And = Field(default_factory=And, alias="and")

    @classmethod
    def types(cls) -> tuple[str, ...]:
        """Also several at once."""
        return (*SHARED_TYPES, "and")


class RateAllocation(ConfigModel):
    """Percent of the whole rate for one policy; 0 is an equal share."""

    policy: str = ""
    percent: int = Field(default=0, ge=-INT64, lt=INT64)


class Composite(ConfigModel):
    """The first of its policies that samples a trace decides, as far as its share of the rate allows."""

    max_total_spans_per_second: int = Field(default=0, ge=-INT64, lt=INT64)
    policy_order: list[str] = Field(default_factory=list)
    """Accepted; the policies are asked in the order of `composite_sub_policy`, as the Go processor does."""
    composite_sub_policy: list[CompositeSubPolicy] = Field(default_factory=list)
    rate_allocation: list[RateAllocation] = Field(default_factory=list)


class Policy(SharedPolicy):
    """A policy at the top."""

    composite: Composite = Field(default_factory=Composite)
    and_: And = Field(default_factory=And, alias="and")
    not_: Not = Field(default_factory=Not, alias="not")
    drop: Drop = Field(default_factory=Drop)

    @classmethod
    def types(cls) -> tuple[str, ...]:
        """Also all that combines others."""
        return (*SHARED_TYPES, "and", "not", "drop", "composite")


def _check_status_codes(policy: SharedPolicy) -> None:
    codes = policy.status_code.status_codes
    if not codes:
        raise ValueError("status_code::status_codes: expected at least one status code to filter on")
    for code in codes:
        if code not in STATUS_CODES:
            raise ValueError(f"status_code::status_codes: unknown status code {code!r}, supported: {', '.join(STATUS_CODES)}")


def _check_bounds(policy: SharedPolicy) -> None:
    if policy.numeric_attribute.min_value == 0 and policy.numeric_attribute.max_value == 0:
        raise ValueError("numeric_attribute: min_value or max_value must be set, and not be 0")


def _check_conditions(policy: SharedPolicy) -> None:
    if not policy.ottl_condition.span and not policy.ottl_condition.spanevent:
        raise ValueError("ottl_condition: expected at least one OTTL condition to filter on, in span or spanevent")
    for context in ("span", "spanevent"):
        for number, text in enumerate(getattr(policy.ottl_condition, context)):
            try:
                compile_condition(read_condition(text), context, CONVERTERS)
            except ValueError as error:
                raise ValueError(f"ottl_condition::{context}[{number}]: {error}") from error


def _check_negated(policy: SharedPolicy) -> None:
    if isinstance(policy, AndSubPolicy | Policy) and policy.not_.not_sub_policy is None:
        raise ValueError("not: not_sub_policy must be given")


STATUS_CODES = ("UNSET", "OK", "ERROR")
"""By number."""
SHARED_TYPES = (
    *("always_sample", "latency", "numeric_attribute", "probabilistic", "status_code", "string_attribute", "rate_limiting"),
    *("bytes_limiting", "span_count", "trace_state", "trace_flags", "boolean_attribute", "ottl_condition"),
)
_CHECKS: dict[str, Callable[[SharedPolicy], None]] = {
    "status_code": _check_status_codes,
    "numeric_attribute": _check_bounds,
    "ottl_condition": _check_conditions,
    "not": _check_negated,
}
