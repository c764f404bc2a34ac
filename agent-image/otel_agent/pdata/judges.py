"""Judges whole traces portably, over fully decoded spans; see `otel_agent.pdata.judging`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from otel_agent.pdata import messages, tracestate
from otel_agent.pdata.fnv import fnv1a_64
from otel_agent.pdata.judging import Judge, Test
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.pdata.telemetry import Signal

_NANOSECONDS = 1_000_000
_INT64_LIMIT = 2**63

AttributeTest = Callable[[Any, bool], bool]
"""Whether the AnyValue of an attribute meets a test; True says that it is a span's."""
SpanTest = Callable[[Any, "_Extent"], bool]


def compile_judge(tests: Sequence[Test]) -> Judge:
    """Compile tests that were checked; ValueError for a pattern that is none."""
    return _PortableJudge(tests)


class _Extent:
    """From the earliest start to the latest end of the spans seen so far; a 0 is forgotten with the next span."""

    def __init__(self) -> None:
        self.start = 0
        self.end = 0
        self.earliest = 0
        """Of the spans that have a start."""

    def add(self, span: Any) -> None:
        start, end = span.start_time_unix_nano, span.end_time_unix_nano
        if self.start == 0 or start < self.start:
            self.start = start
        if self.end == 0 or end > self.end:
            self.end = end
        if start and (self.earliest == 0 or start < self.earliest):
            self.earliest = start

    @property
    def milliseconds(self) -> int:
        """As Go computes it: times are signed, the difference ends at the limits of 64 bits, fractions are cut off."""
        difference = _signed(self.end) - _signed(self.start)
        difference = min(max(difference, -_INT64_LIMIT), _INT64_LIMIT - 1)
        return difference // _NANOSECONDS if difference >= 0 else -(-difference // _NANOSECONDS)


def _signed(time: int) -> int:
    return time - 2 * _INT64_LIMIT if time >= _INT64_LIMIT else time


class _PortableJudge:
    def __init__(self, tests: Sequence[Test]) -> None:
        self._size = len(tests)
        self._attributes: list[tuple[int, str, AttributeTest]] = []
        self._spans: list[tuple[int, SpanTest]] = []
        self._hashes: list[tuple[int, bytes, int]] = []
        for index, test in enumerate(tests):
            if test[0] == "hash":
                self._hashes.append((index, test[1].encode(), test[2]))
            elif (attribute := _attribute_test(test)) is not None:
                self._attributes.append((index, test[1], attribute))
            else:
                self._spans.append((index, _span_test(test)))

    def judge(self, trace_id: bytes, requests: Sequence[bytes], /) -> tuple[bytes, int]:
        met = bytearray(self._size)
        for index, salt, threshold in self._hashes:
            met[index] = fnv1a_64(salt + trace_id) <= threshold
        extent = _Extent()
        for data in requests:
            for resource in messages.parse(Signal.TRACES, data).resource_spans:
                self._read(met, resource.resource.attributes, of_span=False)
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    extent.add(span)
                    for index, test in self._spans:
                        met[index] |= test(span, extent)
                    self._read(met, span.attributes, of_span=True)
        return bytes(met), extent.earliest

    def _read(self, met: bytearray, attributes: Iterable[Any], *, of_span: bool) -> None:
        if not self._attributes:
            return
        first: dict[str, Any] = {}
        for attribute in attributes:
            first.setdefault(attribute.key, attribute.value)
        for index, key, test in self._attributes:
            if key in first:
                met[index] |= test(first[key], of_span)


def _attribute_test(test: Test) -> AttributeTest | None:
    match test:
        case ("int", _, low, high):
            return lambda value, _: low <= value.int_value <= high
        case ("bool", _, wanted):
            return lambda value, _: value.bool_value is wanted
        case ("text", _, texts):
            wanted_texts = frozenset(texts)
            return lambda value, _: value.HasField("string_value") and value.string_value in wanted_texts
        case ("pattern", _, expressions):
            patterns = [compile_pattern(expression) for expression in expressions]

            def found(value: Any, of_span: bool) -> bool:
                text = value.string_value
                return not (of_span and not text) and any(pattern.search(text) for pattern in patterns)

            return found
    return None


def _span_test(test: Test) -> SpanTest:
    match test:
        case ("status", codes):
            return lambda span, _: span.status.code in codes
        case ("latency", least, 0):
            return lambda _, extent: bool(extent.milliseconds >= least)
        case ("latency", least, most):
            return lambda _, extent: bool(least < extent.milliseconds <= most)
        case ("trace_state", key, values):
            return lambda span, _: tracestate.get(span.trace_state, key) in values
        case ("sampled_flag",):
            return lambda span, _: bool(span.flags & 1)
    raise ValueError(f"not a test of traces: {test!r}")
