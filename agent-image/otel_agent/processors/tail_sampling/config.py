"""Configuration of the tail_sampling processor."""

from typing import Any, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration
from otel_agent.processors.tail_sampling.policy_config import INT64, Policy

TRACE_COMPLETE = "trace-complete"


class DecisionCache(ConfigModel):
    """How many traces are remembered after they have left memory, by what became of them; 0 remembers none."""

    sampled_cache_size: int = Field(default=0, ge=0, lt=INT64)
    non_sampled_cache_size: int = Field(default=0, ge=0, lt=INT64)


class TailSamplingConfig(ConfigModel):
    """How long traces are kept, how many, and which of them are handed on."""

    decision_wait: Duration = 30.0
    """Seconds from the first span of a trace to the decision; counted in whole seconds, at least one."""
    decision_wait_after_root_received: Duration = 0.0
    """Seconds from the root span, where that is sooner; 0 does not look for root spans."""
    num_traces: int = Field(default=50_000, ge=1, lt=INT64)
    """Traces in memory, decided or not."""
    block_on_overflow: bool = False
    """Whether senders wait while memory is full; otherwise the oldest trace is dropped undecided."""
    expected_new_traces_per_sec: int = Field(default=0, ge=0, lt=INT64)
    """Accepted; nothing is allocated in advance."""
    sample_on_first_match: bool = False
    """Whether the first policy that samples ends the asking."""
    sampling_strategy: str = TRACE_COMPLETE
    drop_pending_traces_on_shutdown: bool = False
    """Whether traces that are undecided at shutdown are dropped; otherwise they are decided then."""
    maximum_trace_size_bytes: int = Field(default=0, ge=0, lt=2 * INT64)
    """A trace that grows larger is dropped; 0 is no limit."""
    maximum_memory_bytes: int = Field(default=0, ge=0, lt=2 * INT64)
    """Bytes of all traces in memory; 0 is half of what the process may use. Not known to the Go processor."""
    decision_cache: DecisionCache = Field(default_factory=DecisionCache)
    tail_storage: Any = None
    policies: list[Policy] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_tail_sampling(self) -> Self:
        """Refuse policies without a name or with the same one, negative times, and what is not supported."""
        names: set[str] = set()
        for policy in self.policies:
            if not policy.name:
                raise ValueError("policies: policy name cannot be empty")
            if policy.name in names:
                raise ValueError(f'policies: duplicate policy name "{policy.name}"')
            names.add(policy.name)
        for key in ("decision_wait", "decision_wait_after_root_received"):
            if getattr(self, key) < 0:
                raise ValueError(f"{key} must not be negative")
        if self.sampling_strategy == "span-ingest":
            raise ValueError(f'sampling_strategy "span-ingest" is not supported, use "{TRACE_COMPLETE}"')
        if self.sampling_strategy != TRACE_COMPLETE:
            raise ValueError(f'invalid sampling_strategy "{self.sampling_strategy}", expected "{TRACE_COMPLETE}"')
        if self.tail_storage is not None:
            raise ValueError("tail_storage is not supported: traces are kept in memory")
        return self
