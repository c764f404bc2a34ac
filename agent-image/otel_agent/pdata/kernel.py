"""The hot operations on request bytes, behind one door: components call these, whether they are native or portable.

Both kinds take and return the same; `tests/unit/agent/pdata/test_equivalence.py` holds one to the other.
"""

from collections.abc import Sequence

from otel_agent.pdata import native
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.joining import TraceSummary, merge
from otel_agent.pdata.judging import Judge, Test, check_tests
from otel_agent.pdata.program import Condition, EditProgram, FilterProgram, Step, check_edits, check_filter
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.trace_table import TableLimits, TraceTable

NATIVE = native.choose()
"""The native functions that are in use; None when the portable ones are."""

_functions = NATIVE or native.portable()

check = _functions.check
count = _functions.count
split = _functions.split
split_by_bytes = _functions.split_by_bytes
largest_header = _functions.largest_header
number_points = _functions.number_points
group_by_trace = _functions.group_by_trace
route_by_trace = _functions.route_by_trace
shard_by_trace = _functions.shard_by_trace


def is_valid(signal: Signal, data: bytes) -> bool:
    """Whether `check` would pass."""
    try:
        check(signal, data)
    except InvalidTelemetry:
        return False
    return True


def summarize_traces(data: bytes) -> list[TraceSummary]:
    """As `otel_agent.pdata.traces.summarize_traces`."""
    if NATIVE:
        return [TraceSummary._make(row) for row in NATIVE.summarize_traces(data)]
    from otel_agent.pdata import traces

    return traces.summarize_traces(data)


def compile_edits(signal: Signal, level: str, steps: Sequence[Step], condition: Condition | None = None) -> EditProgram:
    """Compile attribute edits, described in `otel_agent.pdata.program`; ValueError for a description that is none.

    With a condition, the steps are for messages that meet it as they came, whatever the steps then change.
    """
    check_edits(signal, level, steps, condition)
    if NATIVE:
        return NATIVE.Program.edits(signal, level, steps, condition)
    from otel_agent.pdata import editing

    return editing.compile_edits(signal, level, steps, condition)


def compile_filter(signal: Signal, level: str, condition: Condition) -> FilterProgram:
    """Compile a filter, described in `otel_agent.pdata.program`; ValueError for a description that is none."""
    check_filter(signal, level, condition)
    if NATIVE:
        return NATIVE.Program.filter(signal, level, condition)
    from otel_agent.pdata import editing

    return editing.compile_filter(signal, level, condition)


def compile_judge(tests: Sequence[Test]) -> Judge:
    """Compile tests of traces, described in `otel_agent.pdata.judging`; ValueError for a description that is none."""
    check_tests(tests)
    if NATIVE:
        return NATIVE.Judge(tests)
    from otel_agent.pdata import judges

    return judges.compile_judge(tests)


def make_trace_table(tests: Sequence[Test], limits: TableLimits) -> TraceTable:
    """Make an empty table of traces that are judged by tests, described in `otel_agent.pdata.judging`; ValueError as there."""
    judge = compile_judge(tests)
    if NATIVE:
        from otel_agent.pdata.native_trace_table import NativeTraceTable

        return NativeTraceTable(NATIVE, judge, limits)
    from otel_agent.pdata.portable_trace_table import PortableTraceTable

    return PortableTraceTable(judge, limits)


__all__ = [
    "NATIVE",
    "TraceSummary",
    "check",
    "compile_edits",
    "compile_filter",
    "compile_judge",
    "count",
    "group_by_trace",
    "is_valid",
    "largest_header",
    "make_trace_table",
    "merge",
    "number_points",
    "route_by_trace",
    "shard_by_trace",
    "split",
    "split_by_bytes",
    "summarize_traces",
]
