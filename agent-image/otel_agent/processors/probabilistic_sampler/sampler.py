"""Decides on single items, in one of three modes. Pure."""

from dataclasses import dataclass
from typing import Any

from otel_agent.pdata.any_value import text
from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.probabilistic_sampler.config import ProbabilisticSamplerConfig
from otel_agent.processors.probabilistic_sampler.hashing import hash_threshold, randomness_of, single
from otel_agent.processors.probabilistic_sampler.items import (
    Item,
    RecordItem,
    SpanItem,
    attribute,
    record_priority,
    span_priority,
)
from otel_agent.processors.probabilistic_sampler.thresholds import (
    ALL_PROBABILITIES,
    ALWAYS,
    LEAST_PROBABILITY,
    NEVER,
    probability_of,
    threshold_of,
)


@dataclass(frozen=True, slots=True)
class Randomness:
    """What a threshold is compared with, and what it was taken from, as the metrics call it."""

    value: int
    policy: str


MISSING = Randomness(ALL_PROBABILITIES, "missing_randomness")
_FORCED = Randomness(ALL_PROBABILITIES, "sampling_priority")


@dataclass(frozen=True, slots=True)
class Reading:
    """The randomness of an item; what is wrong with it, empty if nothing; whether its sampling information may be written."""

    randomness: Randomness
    problem: str = ""
    writable: bool = True


class Sampler:
    """One processor's decisions for one signal."""

    def __init__(self, config: ProbabilisticSamplerConfig, signal: Signal) -> None:
        self._config = config
        self._logs = signal is Signal.LOGS
        percentage = single(min(config.sampling_percentage, 100.0))
        self._ratio = max(percentage / 100, LEAST_PROBABILITY)
        self._mode: str = config.mode or "hash_seed"
        self._threshold = NEVER
        if percentage == 0:
            self._mode = "never"
        elif self._mode == "hash_seed":
            threshold = hash_threshold(percentage)
            self._mode, self._threshold = ("never", NEVER) if threshold is None else ("hash_seed", threshold)
        elif self._mode == "equalizing":
            self._threshold = threshold_of(self._ratio, config.sampling_precision)

    def keeps(self, message: Any) -> tuple[bool, str]:
        """Say whether a span or record is kept, and by what that was decided; its sampling information is brought up to date."""
        item: Item = RecordItem(message) if self._logs else SpanItem(message)
        reading = self._read(item, message)
        problem = reading.problem or self._contradiction(item, reading)
        threshold = self._decide(item) if not problem else NEVER if self._config.fail_closed else ALWAYS
        priority = self._priority(message)
        if priority is not None:
            threshold = priority
        kept = threshold <= reading.randomness.value
        if kept and reading.writable:
            item.set_threshold(threshold)
            item.write()
        return kept, _FORCED.policy if priority is not None else reading.randomness.policy

    def _read(self, item: Item, message: Any) -> Reading:
        if self._mode == "never":
            return Reading(_FORCED, item.problem)
        return self._hashed(item, message) if self._mode == "hash_seed" else self._consistent(item)

    def _hashed(self, item: Item, message: Any) -> Reading:
        """By a hash; items that already carry information for other samplers are not for this mode."""
        found = self._hash(item, message)
        if item.problem:
            return Reading(found, item.problem, writable=False)
        if item.randomness is not None:
            problem = "item has sampling randomness, equalizing or proportional mode recommended"
            return Reading(found, problem, writable=False)
        if item.threshold is not None:
            return Reading(found, "item has sampling threshold, equalizing or proportional mode recommended", writable=False)
        if found is not MISSING or not self._logs:
            item.set_randomness(found.value)
        return Reading(found)

    def _hash(self, item: Item, message: Any) -> Randomness:
        config = self._config
        if item.trace_id and (not self._logs or config.attribute_source == "traceID"):
            return Randomness(randomness_of(item.trace_id, config.hash_seed), "trace_id_hash")
        value = attribute(message, config.from_attribute) if self._logs and config.from_attribute else None
        if value is None:
            return MISSING
        data = value.bytes_value if value.HasField("bytes_value") else text(value).encode()
        return Randomness(randomness_of(data, config.hash_seed), config.from_attribute) if data else MISSING

    def _consistent(self, item: Item) -> Reading:
        """By explicit randomness, else by the last 56 bits of the trace id."""
        if item.problem:
            return Reading(MISSING, item.problem, writable=False)
        if item.randomness is not None:
            return Reading(Randomness(item.randomness, "sampling_randomness"))
        if item.trace_id:
            return Reading(Randomness(int.from_bytes(item.trace_id[9:16], "big"), "trace_id_w3c"))
        return Reading(MISSING)

    def _contradiction(self, item: Item, reading: Reading) -> str:
        """Say what keeps the item from being sampled consistently; a threshold that should have dropped it is taken away."""
        if reading.randomness is MISSING:
            return "missing randomness"
        if item.threshold is not None and item.threshold > reading.randomness.value:
            item.clear_threshold()
            return "inconsistent arriving threshold: item should not have been sampled"
        return ""

    def _decide(self, item: Item) -> int:
        if self._mode == "proportional":
            arriving = 1.0 if item.threshold is None else probability_of(item.threshold)
            try:
                return threshold_of(arriving * self._ratio, self._config.sampling_precision)
            except ValueError:
                return NEVER
        if self._mode == "equalizing" and item.threshold is not None:
            return max(item.threshold, self._threshold)
        return self._threshold

    def _priority(self, message: Any) -> int | None:
        if self._logs:
            return record_priority(message, self._config.sampling_priority, self._config.sampling_precision)
        return span_priority(message)
