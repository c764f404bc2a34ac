"""CPU time of the kernel's operations, native and portable, and of decoding and encoding with upb beside them.

One request of 512 items with 10 attributes each, in memory; nanoseconds of thread CPU time per item, best of several blocks, so
that a busy machine disturbs little. Run it with `.venv/bin/python tests/benchmarks/bench_kernel.py [--json FILE]`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

from otel_agent.pdata import count, editing, native, split, traces, validate
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.program import Condition, Step
from otel_agent.pdata.telemetry import Signal

ITEMS = 512
_BLOCKS = 15
_BLOCK_SECONDS = 0.05

STEPS: list[Step] = [(("upsert", "region", ("value", "eu-central-1")), None), (("delete", "attribute.3"), None)]
HASH: list[Step] = [(("hash", "attribute.3", "sha256"), None)]
CONDITION: Condition = ("==", ("span", "attributes", "attribute.7"), "value 7 of some length")
PATTERN: Condition = ("matches", ("span", "name"), "^GET /api/v[0-9]+/cart")

Operation = Callable[[Any, bytes], Any]
"""Called with the functions to measure (native, or the portable ones by the same names) and a request."""


class Portable:
    """The portable functions under the names of the native ones."""

    check = staticmethod(validate.check)
    count = staticmethod(count.count)
    split = staticmethod(split.split)
    group_by_trace = staticmethod(traces.group_by_trace)
    shard_by_trace = staticmethod(traces.shard_by_trace)
    summarize_traces = staticmethod(traces.summarize_traces)

    class Program:
        """Makes programs."""

        edits = staticmethod(editing.compile_edits)
        filter = staticmethod(editing.compile_filter)


def request(signal: Signal) -> bytes:
    """One resource and scope with ITEMS items in 128 traces, as SDKs send them."""
    random = Random(1)
    message = REQUESTS[signal]()
    names = {Signal.TRACES: "spans", Signal.METRICS: "metrics", Signal.LOGS: "logs"}
    resource = getattr(message, f"resource_{names[signal]}").add()
    for number in range(6):
        resource.resource.attributes.add(key=f"resource.{number}").value.string_value = "some value"
    scope = getattr(resource, f"scope_{names[signal]}").add()
    scope.scope.name = "library"
    for number in range(ITEMS):
        trace = (number % 128 + 1).to_bytes(16)
        if signal is Signal.TRACES:
            item = scope.spans.add(trace_id=trace, span_id=random.randbytes(8), parent_span_id=random.randbytes(8), kind=2)
            item.name = f"GET /api/v{number % 3}/cart"
            item.start_time_unix_nano, item.end_time_unix_nano = 10**18 + number, 10**18 + number + 5_000_000
        elif signal is Signal.LOGS:
            item = scope.log_records.add(trace_id=trace, time_unix_nano=10**18 + number, severity_number=9)
            item.body.string_value = "a line of a log, of the usual length of such a line"
        else:
            item = scope.metrics.add(name=f"metric.{number}").gauge.data_points.add(time_unix_nano=10**18, as_double=0.5 * number)
        for attribute in range(10):
            value = item.attributes.add(key=f"attribute.{attribute}").value
            if attribute % 5:
                value.string_value = f"value {attribute} of some length"
            else:
                value.int_value = number
    data: bytes = message.SerializeToString()
    return data


def operations() -> dict[str, tuple[Signal, Callable[[Any], Callable[[bytes], Any]]]]:
    """By name: the signal, and what makes the function to measure from native or portable functions."""
    rows: dict[str, tuple[Signal, Callable[[Any], Callable[[bytes], Any]]]] = {}
    for signal in Signal:
        rows[f"check {signal}"] = (signal, lambda kernel, signal=signal: lambda data: kernel.check(signal, data))
    one = Signal.TRACES
    rows["count"] = (one, lambda kernel: lambda data: kernel.count(one, data))
    rows["split into 4"] = (one, lambda kernel: lambda data: kernel.split(one, data, ITEMS // 4))
    rows["shard into 4 by trace"] = (one, lambda kernel: lambda data: kernel.shard_by_trace(one, data, 4))
    rows["group by trace (128)"] = (one, lambda kernel: kernel.group_by_trace)
    rows["summarize traces (128)"] = (one, lambda kernel: kernel.summarize_traces)
    rows["upsert 1, delete 1"] = (one, lambda kernel: kernel.Program.edits(one, "span", STEPS).edit)
    rows["hash 1 (SHA-256)"] = (one, lambda kernel: kernel.Program.edits(one, "span", HASH).edit)
    rows["filter on 1 attribute"] = (one, lambda kernel: kernel.Program.filter(one, "span", CONDITION).keep)
    rows["filter by pattern on name"] = (one, lambda kernel: kernel.Program.filter(one, "span", PATTERN).keep)
    return rows


def nanoseconds(call: Callable[[bytes], Any], data: bytes) -> float:
    """Thread CPU time per item, best block."""
    call(data)
    best = float("inf")
    for _ in range(_BLOCKS):
        rounds, start = 0, time.thread_time()
        while (used := time.thread_time() - start) < _BLOCK_SECONDS:
            call(data)
            rounds += 1
        best = min(best, used / rounds / ITEMS * 1e9)
    return best


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    options = parser.parse_args(argv)
    found = native.installed()
    results: dict[str, dict[str, float]] = {}
    data = {signal: request(signal) for signal in Signal}
    decode = REQUESTS[Signal.TRACES].FromString
    results["upb decode traces"] = {"portable": nanoseconds(decode, data[Signal.TRACES])}
    results["upb decode, encode traces"] = {
        "portable": nanoseconds(lambda raw: decode(raw).SerializeToString(), data[Signal.TRACES])
    }
    for name, (signal, make) in operations().items():
        results[name] = {"portable": nanoseconds(make(Portable), data[signal])}
        if found is not None:
            results[name]["native"] = nanoseconds(make(found), data[signal])
    size = len(data[Signal.TRACES]) // ITEMS
    print(f"{ITEMS} items, 10 attributes, {size} bytes a span; ns of CPU per item")
    print(f"{'operation':<28}{'native':>9}{'portable':>10}{'ratio':>8}")
    for name, row in results.items():
        fast, slow = row.get("native"), row["portable"]
        print(f"{name:<28}{f'{fast:.1f}' if fast else '-':>9}{slow:>10.1f}{f'{slow / fast:.1f}' if fast else '':>8}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(results, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
