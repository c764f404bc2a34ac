"""Tests of whole traces, kept as the requests that their spans came in: what the tail_sampling processor decides by.

A judge is compiled once from descriptions of tests and then says of each trace which of them it meets, natively or portably
(`otel_agent.pdata.kernel.compile_judge`):

    judge = kernel.compile_judge([("status", [2]), ("text", "service.name", ["shop"])])
    met, earliest = judge.judge(trace_id, requests)   # met[0] is 1 if a span failed

A trace meets a test when one of its spans or, where a test is about attributes, one of their resources does:

    ("status", codes)                 its status code is one of these
    ("latency", least, most)          milliseconds from the earliest start to the latest end, of all spans up to this one:
                                      not below `least`; with `most` not 0, above `least` and not above `most`
    ("int", key, low, high)           the attribute lies between both, ends included; of another type it counts as 0
    ("bool", key, value)              the attribute is that; of another type it counts as false
    ("text", key, values)             the attribute is one of these texts
    ("pattern", key, patterns)        one of these (RE2) is found in the attribute; of a resource, another type counts as ""
    ("trace_state", key, values)      the member of the tracestate is one of these; a malformed tracestate has no members
    ("sampled_flag",)                 the W3C flag is set
    ("hash", salt, threshold)         FNV-1a (64 bits) of salt and trace id is not above the threshold

Of several attributes with one key the first is read. These rules are those of the Go processor (collector.md 4.6), including what
is read from attributes of another type.
"""

from collections.abc import Sequence
from typing import Any, Protocol

Test = tuple[Any, ...]

MAX_TESTS = 10_000
_UINT64 = range(2**64)
_INT64 = range(-(2**63), 2**63)


class Judge(Protocol):
    """Compiled tests."""

    def judge(self, trace_id: bytes, requests: Sequence[bytes], /) -> tuple[bytes, int]:
        """Return a byte for each test, 1 if the trace meets it, and the earliest start of a span (ns), 0 if none has one.

        `InvalidTelemetry` when a request is malformed as far down as this looks.
        """


def check_tests(tests: Sequence[Test]) -> None:
    """ValueError for what describes no test; patterns are checked when they are compiled."""
    if len(tests) > MAX_TESTS:
        raise ValueError(f"{len(tests)} tests are too many, at most {MAX_TESTS} can be compiled")
    for test in tests:
        if not _is_test(test):
            raise ValueError(f"not a test of traces: {test!r}")


def _is_test(test: Test) -> bool:
    match test:
        case ("status", list() as codes):
            return all(isinstance(code, int) for code in codes)
        case ("latency", int() as least, int() as most) | ("int", str(), int() as least, int() as most):
            return least in _INT64 and most in _INT64
        case ("bool", str(), bool()) | ("sampled_flag",):
            return True
        case ("text" | "pattern" | "trace_state", str(), list() as texts):
            return all(isinstance(text, str) for text in texts)
        case ("hash", str(), int() as threshold):
            return threshold in _UINT64
    return False
