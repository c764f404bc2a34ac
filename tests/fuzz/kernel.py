"""Holds the native kernel, its portable twin and the full decode to each other: `python -m tests.fuzz.kernel --rounds 1000000`.

The unit tests run the same comparison for a few hundred cases. A difference ends the run with the seed that repeats it.
"""

import argparse
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

from otel_agent.pdata import count, editing, native, points, split, traces, validate
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.judges import compile_judge
from otel_agent.pdata.judging import check_tests
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.native import NativeKernel
from otel_agent.pdata.native_trace_table import NativeTraceTable
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.pdata.portable_trace_table import PortableTraceTable
from otel_agent.pdata.program import LEVELS, check_edits, check_filter
from otel_agent.pdata.slim import LAYOUTS
from otel_agent.pdata.telemetry import Signal
from tests.fuzz import judges, programs, requests, trace_tables

_PROGRESS_SECONDS = 10


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call returns; of a refusal only that it was one, because the texts differ."""
    try:
        return call(*arguments)
    except InvalidTelemetry:
        return InvalidTelemetry


def same(what: str, one: Any, other: Any) -> None:
    """Raise AssertionError unless native and portable agree."""
    if one != other:
        raise AssertionError(f"{what}: native {one!r}, portable {other!r}")


def compare_structure(kernel: NativeKernel, signal: Signal, data: bytes, limit: int) -> None:
    """Hold check, count, splits and largest_header to their twins, on any bytes."""
    checked = outcome(kernel.check, signal, data)
    same("check", checked, outcome(validate.check, signal, data))
    same("count", outcome(kernel.count, signal, data), outcome(count.count, signal, data))
    same("largest_header", outcome(kernel.largest_header, signal, data), outcome(split.largest_header, signal, data))
    parts, expected = outcome(kernel.split, signal, data, limit), outcome(split.split, signal, data, limit)
    same_parts("split", signal, parts, expected)
    by_bytes, twin = (outcome(module.split_by_bytes, signal, data, 20 * limit) for module in (kernel, split))
    same(
        "items of split_by_bytes",
        *(found if found is InvalidTelemetry else sum(n for _, n in found) for found in (by_bytes, twin)),
    )
    if checked is not InvalidTelemetry:
        same("checked split_by_bytes", [kernel.check(signal, part) for part, _ in by_bytes], [items for _, items in by_bytes])
        decoded = [REQUESTS[signal].FromString(part) for part, _ in expected]
        same("decoded split", [REQUESTS[signal].FromString(part) for part, _ in parts], decoded)


def compare_points(kernel: NativeKernel, data: bytes) -> None:
    """Hold the points of gauges and sums, wherever there could be some, to their twin."""
    metrics = outcome(points.parse_metrics, data)
    if metrics is InvalidTelemetry:
        return
    for resource in metrics.resource_metrics:
        for metric in [metric for scope in resource.scope_metrics for metric in scope.metrics]:
            for encoded in (metric.gauge, metric.sum):
                found, twin = (outcome(module.number_points, encoded) for module in (kernel, points))
                if InvalidTelemetry in (found, twin):
                    same("number_points", found, twin)
                else:
                    same("number_points", _comparable(found), _comparable(twin))


def _comparable(numbers: tuple[int, bool, list[points.NumberPoint]]) -> tuple[Any, ...]:
    """Attributes one by one, because lengths may be written in several ways, and values as text, for the sake of NaN."""
    temporality, monotonic, found = numbers
    return (
        temporality,
        monotonic,
        [
            (list(points.attributes_in(fields)), time, start, repr(value), flags, exemplars)
            for fields, time, start, value, flags, exemplars in found
        ],
    )


def compare_traces(kernel: NativeKernel, signal: Signal, data: bytes, shards: int) -> None:
    """Hold grouping, sharding and summaries to their twins and, where the request is valid, to the full decode."""
    if signal is Signal.METRICS:
        return
    parts = outcome(kernel.shard_by_trace, signal, data, shards)
    same_parts("shard_by_trace", signal, parts, outcome(traces.shard_by_trace, signal, data, shards))
    table = bytes(range(2 * shards))
    routed, twin = (outcome(module.route_by_trace, signal, data, table, 1) for module in (kernel, traces))
    if InvalidTelemetry in (routed, twin):
        same("route_by_trace", routed, twin)
    else:
        same("owners", [part[0] for part in routed], [part[0] for part in twin])
        same_parts("route_by_trace", signal, [part[1:] for part in routed], [part[1:] for part in twin])
    if signal is Signal.LOGS:
        return
    groups, expected = outcome(kernel.group_by_trace, data), outcome(traces.group_by_trace, data)
    if InvalidTelemetry in (groups, expected):
        same("group_by_trace", groups, expected)
    else:
        same("trace ids", [group[0] for group in groups], [group[0] for group in expected])
        same_parts("group_by_trace", signal, [group[1:] for group in groups], [group[1:] for group in expected])
    summaries = outcome(kernel.summarize_traces, data)
    same("summarize_traces", summaries, outcome(traces.summarize_traces, data))
    if InvalidTelemetry not in (outcome(validate.check, signal, data), summaries):
        same("decoded traces", {row[0]: row[1:] for row in summaries}, _decoded_traces(data))


def _decoded_traces(data: bytes) -> dict[bytes, tuple[int, int, int, bool, bool]]:
    """The reference: summaries from fully decoded spans."""
    found: dict[bytes, list[Any]] = {}
    for resource in REQUESTS[Signal.TRACES].FromString(data).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                found.setdefault(span.trace_id, []).append(span)
    return {
        trace_id: (
            len(spans),
            min((span.start_time_unix_nano for span in spans if span.start_time_unix_nano), default=0),
            max(span.end_time_unix_nano for span in spans),
            any(span.status.code == 2 for span in spans),
            any(not any(span.parent_span_id) for span in spans),
        )
        for trace_id, spans in found.items()
    }


def compare_programs(kernel: NativeKernel, random: Random, signal: Signal, data: bytes) -> None:
    """Hold random edits and a random filter to the full decode; of malformed bytes only that they are refused or copied."""
    valid = outcome(validate.check, signal, data) is not InvalidTelemetry
    level, steps = programs.edits(random, signal)
    levels = LEVELS[signal]
    chosen = programs.condition(random, levels[: levels.index(level) + 1]) if random.random() < 0.3 else None
    check_edits(signal, level, steps, chosen)
    edited = outcome(kernel.Program.edits(signal, level, steps, chosen).edit, data)
    if valid:
        expected = editing.compile_edits(signal, level, steps, chosen).edit(data)
        same(f"edits {level} {steps}", decoded(signal, edited), decoded(signal, expected))
    level, condition = programs.filtering(random, signal)
    check_filter(signal, level, condition)
    filtered = outcome(kernel.Program.filter(signal, level, condition).keep, data)
    if valid:
        kept, items, dropped = editing.compile_filter(signal, level, condition).keep(data)
        same(
            f"filter {level} {condition}", (decoded(signal, filtered[0]), *filtered[1:]), (decoded(signal, kept), items, dropped)
        )


def decoded(signal: Signal, data: bytes) -> bytes:
    """The content in upb's encoding, which NaN does not make unequal."""
    encoded: bytes = REQUESTS[signal].FromString(data).SerializeToString(deterministic=True)
    return encoded


def compare_judges(kernel: NativeKernel, random: Random, data: bytes) -> None:
    """Hold random tests of a whole trace, in one or two requests, to the full decode."""
    tests = judges.tests(random)
    check_tests(tests)
    trace_id, parts = random.randbytes(16), [data] * random.randrange(1, 3)
    judged = outcome(kernel.Judge(tests).judge, trace_id, parts)
    if outcome(validate.check, Signal.TRACES, data) is not InvalidTelemetry:
        same(f"judge {tests}", judged, compile_judge(tests).judge(trace_id, parts))


def compare_tables(kernel: NativeKernel, random: Random) -> None:
    """Hold the table of traces to its twin, which counts memory as the native one here, through a random history."""
    tests, limits = judges.tests(random), trace_tables.limits(random)
    check_tests(tests)
    native_table = NativeTraceTable(kernel, kernel.Judge(tests), limits)
    twin = PortableTraceTable(
        compile_judge(tests), limits, trace_bytes=native_table.TRACE_BYTES, fragment_bytes=native_table.FRAGMENT_BYTES
    )
    for one, other in trace_tables.histories(random, [native_table, twin]):
        same(f"table of traces, {tests} {limits}", one, other)


def compare_patterns(kernel: NativeKernel, random: Random) -> None:
    """Hold the native dialect to RE2: what is a pattern, and where it is found first."""
    pattern = programs.pattern(random)
    text = "".join(random.choice("abkKsS\u017fä1-_. &~{}\n\t#") for _ in range(random.randrange(6)))
    if "\\B" in pattern:  # which RE2, other than Go, also finds inside a character
        text = text.encode("ascii", "ignore").decode()
    try:
        expected = compile_pattern(pattern).search(text)
    except ValueError:
        expected = ValueError
    try:
        found: Any = kernel.search(pattern, text)
    except ValueError:
        found = ValueError
    if expected is not ValueError:
        expected = expected and tuple(len(text[:at].encode()) for at in expected.span())
    same(f"pattern {pattern!r} in {text!r}", found, expected)


def same_parts(what: str, signal: Signal, one: Any, other: Any) -> None:
    """Compare lists of requests with their items."""
    if InvalidTelemetry not in (one, other):
        one, other = _plain(signal, one), _plain(signal, other)
    same(what, one, other)


def _plain(signal: Signal, parts: list[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    """Parts in one encoding: upb's own, which the two need not choose alike."""
    return [(LAYOUTS[signal].request.FromString(part).SerializeToString(), items) for part, items in parts]


def run_case(kernel: NativeKernel, seed: int) -> None:
    """One case; the seed decides everything about it."""
    random = Random(seed)
    signal = random.choice(list(Signal))
    data = requests.case(random, signal)
    compare_structure(kernel, signal, data, random.randrange(1, 6))
    compare_traces(kernel, signal, data, random.randrange(1, 5))
    if signal is Signal.METRICS:
        compare_points(kernel, data)
    compare_programs(kernel, random, signal, data)
    compare_patterns(kernel, random)
    if random.random() < 0.5:  # half of the time goes to the tables otherwise
        compare_tables(kernel, random)
    if signal is Signal.TRACES:
        compare_judges(kernel, random, data)


def main(argv: list[str] | None = None) -> int:
    """Run cases until `--rounds` or `--seconds` is used up, whichever comes first; 1 at the first difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.kernel", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument(
        "--seed", type=int, default=0, help="of the first case; the next ones count up, so a run can be continued"
    )
    options = parser.parse_args(argv)
    kernel = native.installed()
    if kernel is None:
        print("the native extension is not built: nothing to compare", file=sys.stderr)
        return 1
    start = shown = time.monotonic()
    seed = options.seed
    while seed < options.seed + options.rounds and (now := time.monotonic()) - start < options.seconds:
        try:
            run_case(kernel, seed)
        except Exception:
            print(f"seed {seed} differs; repeat it with --seed {seed} --rounds 1", file=sys.stderr)
            raise
        seed += 1
        if now - shown > _PROGRESS_SECONDS:
            shown = now
            print(f"{seed - options.seed} cases, next seed {seed}", flush=True)
    print(f"{seed - options.seed} cases agree, seeds {options.seed} to {seed - 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
