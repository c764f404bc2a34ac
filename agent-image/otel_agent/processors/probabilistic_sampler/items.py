"""What samplers read of a span or a log record, and write to it: threshold and randomness, trace id, priority."""

import re
from typing import Any, Protocol

from otel_agent.processors.probabilistic_sampler.thresholds import (
    ALWAYS,
    NEVER,
    format_randomness,
    format_threshold,
    parse_randomness,
    parse_threshold,
    threshold_of,
)
from otel_agent.processors.probabilistic_sampler.tracestate import TraceState

THRESHOLD_KEY = "sampling.threshold"
RANDOMNESS_KEY = "sampling.randomness"
SPAN_PRIORITY_KEY = "sampling.priority"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE)


class Item(Protocol):
    """A span or a log record."""

    @property
    def problem(self) -> str:
        """What is wrong with its sampling information; empty if nothing is."""
        ...

    @property
    def threshold(self) -> int | None:
        """None if it has none."""
        ...

    @property
    def randomness(self) -> int | None:
        """Explicit randomness; None if it has none."""
        ...

    @property
    def trace_id(self) -> bytes:
        """Empty if there is none."""
        ...

    def set_threshold(self, threshold: int) -> None:
        """Write a threshold, unless one that keeps less is there already."""
        ...

    def clear_threshold(self) -> None:
        """Take the threshold away."""
        ...

    def set_randomness(self, randomness: int) -> None:
        """Write explicit randomness."""
        ...

    def write(self) -> None:
        """Store what was set."""
        ...


class SpanItem:
    """A span, whose tracestate has the information."""

    def __init__(self, span: Any) -> None:
        self._span = span
        self._state, self.problem = TraceState.parse(span.trace_state)

    @property
    def threshold(self) -> int | None:
        """Of the tracestate."""
        return self._state.threshold

    @property
    def randomness(self) -> int | None:
        """Of the tracestate."""
        return self._state.randomness

    @property
    def trace_id(self) -> bytes:
        """Empty if there is none."""
        return _id(self._span.trace_id)

    def set_threshold(self, threshold: int) -> None:
        """Write a threshold, unless one that keeps less is there already."""
        self._state.set_threshold(threshold)

    def clear_threshold(self) -> None:
        """Take the threshold away."""
        self._state.clear_threshold()

    def set_randomness(self, randomness: int) -> None:
        """Write explicit randomness."""
        self._state.set_randomness(randomness)

    def write(self) -> None:
        """Write the tracestate back."""
        self._span.trace_state = self._state.format()


class RecordItem:
    """A log record, whose attributes have the information."""

    def __init__(self, record: Any) -> None:
        self._record = record
        self.problem = ""
        self.threshold: int | None = None
        self.randomness: int | None = None
        try:
            if text := self._text(THRESHOLD_KEY):
                self.threshold = parse_threshold(text)
            if text := self._text(RANDOMNESS_KEY):
                self.randomness = parse_randomness(text)
        except ValueError as error:
            self.problem = str(error)

    @property
    def trace_id(self) -> bytes:
        """Empty if there is none."""
        return _id(self._record.trace_id)

    def set_threshold(self, threshold: int) -> None:
        """Write a threshold, unless one that keeps less is there already."""
        if self.threshold is None or self.threshold <= threshold:
            self._put(THRESHOLD_KEY, format_threshold(threshold))

    def clear_threshold(self) -> None:
        """Take the threshold away."""
        self.threshold = None
        attributes = self._record.attributes
        index = next((index for index, attribute in enumerate(attributes) if attribute.key == THRESHOLD_KEY), None)
        if index is not None:
            del attributes[index]

    def set_randomness(self, randomness: int) -> None:
        """Write explicit randomness."""
        self.randomness = randomness
        self._put(RANDOMNESS_KEY, format_randomness(randomness))

    def write(self) -> None:
        """Nothing is left to be stored."""

    def _text(self, key: str) -> str:
        value = attribute(self._record, key)
        return value.string_value if value is not None else ""

    def _put(self, key: str, text: str) -> None:
        value = attribute(self._record, key)
        if value is None:
            value = self._record.attributes.add(key=key).value
        value.string_value = text


def span_priority(span: Any) -> int | None:
    """Return NEVER where the attribute sampling.priority is 0, ALWAYS where it is above, None where it says nothing."""
    value = attribute(span, SPAN_PRIORITY_KEY)
    if value is None:
        return None
    match value.WhichOneof("value"):
        case "int_value":
            priority = float(value.int_value)
        case "double_value":
            priority = value.double_value
        case "string_value":
            if not _NUMBER.fullmatch(value.string_value):
                return None
            priority = float(value.string_value)
        case _:
            return None
    return NEVER if priority == 0 else ALWAYS if priority > 0 else None


def record_priority(record: Any, key: str, precision: int) -> int | None:
    """Return the threshold of a percentage in an attribute; None where there is none that can be."""
    value = attribute(record, key) if key else None
    if value is None or value.WhichOneof("value") not in ("int_value", "double_value"):
        return None
    percentage = value.int_value or value.double_value
    try:
        return threshold_of(percentage / 100.0, precision)
    except ValueError:
        return None


def attribute(item: Any, key: str) -> Any | None:
    """Return the value of the first attribute with a key."""
    return next((found.value for found in item.attributes if found.key == key), None)


def _id(trace_id: bytes) -> bytes:
    return trace_id if any(trace_id) else b""
