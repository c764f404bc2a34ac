"""Files as the load: `python -m tests.benchmarks.collector.filelog`, our file_log receiver beside the Go collector's.

Lines are appended to a file that both follow, with the same operators, and sent by OTLP/HTTP to the sink. The peer is release
0.149 (`gofilelog/`), the newest that the module proxy has this receiver of. A row counts when the sink has every line once.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import yaml

from e2e.cluster import binaries
from e2e.cluster.binaries import Module
from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from e2e.cluster.progress import say
from tests.benchmarks.collector import contender, pinning, programs, sink
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.procfs import PeakMemory

PEER = Module("gofilelog", {"gofilelog": "otel-operator/benchmarks/gofilelog"}, folder=programs.SOURCES / "gofilelog")
BAR = 1.5
_WARMUP = 50_000
_REGEX = (
    r"^(?P<time>\S+) (?P<level>\w+) (?P<logger>\S+) \[(?P<thread>[^\]]+)\] order (?P<order>\d+) accepted "
    r"for customer (?P<customer>\d+) in (?P<ms>\d+) ms"
)
_TIMESTAMP = {"parse_from": "attributes.time", "layout": "%Y-%m-%dT%H:%M:%S.%LZ"}
_SEVERITY = {"parse_from": "attributes.level"}


@dataclass(frozen=True, slots=True)
class Row:
    """What is written, and the operators that read it."""

    key: str
    line: str
    operators: tuple[dict[str, object], ...] = ()


_PLAIN = "2026-11-26T16:51:06.{0:03d}Z INFO shop.checkout [worker-{1}] order {2:08d} accepted for customer {3} in {4} ms\n"
_JSON = (
    '{{"time":"2026-11-26T16:51:06.{0:03d}Z","level":"INFO","logger":"shop.checkout","thread":"worker-{1}","order":{2},'
    '"customer":"{3}","ms":{4}}}\n'
)
ROWS = (
    Row("filelog-plain", _PLAIN),
    Row("filelog-json", _JSON, ({"type": "json_parser"},)),
    Row("filelog-regex", _PLAIN, ({"type": "regex_parser", "regex": _REGEX},)),
    Row("filelog-json-annotated", _JSON, ({"type": "json_parser", "timestamp": _TIMESTAMP, "severity": _SEVERITY},)),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU time a line in microseconds, largest memory in MiB, and whether every line came once."""

    microseconds: float
    mib: float
    complete: bool


def lines(row: Row, first: int, number: int) -> bytes:
    """Return lines that differ as real ones do."""
    fill = row.line.format
    return "".join(fill(n % 1000, n % 16, n, n * 7 % 100_000, n % 97) for n in range(first, first + number)).encode()


def configuration(row: Row, path: Path, port: int, telemetry: int) -> str:
    """Return a file followed and sent on; all else by default."""
    page = {"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": telemetry}}}}
    pipeline = {"receivers": ["file_log"], "exporters": ["otlp_http"]}
    # Files are read faster than they are sent: without it the queue would refuse, and lines be lost.
    exporter = {"endpoint": f"http://127.0.0.1:{port}", "compression": "none", "sending_queue": {"block_on_overflow": True}}
    return yaml.safe_dump(
        {
            "receivers": {"file_log": {"include": [str(path)], "start_at": "beginning", "operators": list(row.operators)}},
            "exporters": {"otlp_http": exporter},
            "service": {"telemetry": {"metrics": {"readers": [page]}}, "pipelines": {"logs": pipeline}},
        },
        sort_keys=False,
    ).replace("$", "$$")


def measure(row: Row, who: Contender, program: Path, load_core: int, folder: Path, number: int) -> Figures:
    """Measure one collector once."""
    port, control, telemetry = free_ports(3)
    path = folder / "load.log"
    path.write_bytes(lines(row, 0, _WARMUP))
    load = lines(row, _WARMUP, number)
    with ExitStack() as stack:
        group = stack.enter_context(ProcessGroup(folder / "logs"))
        target = stack.enter_context(sink.started(program, port, control, group, load_core))
        running = stack.enter_context(contender.started(who, configuration(row, path, port, telemetry), telemetry, group))
        target.drained(_WARMUP)
        before = sum(running.tree.cpu().values())
        with PeakMemory(running.tree) as memory:
            with path.open("ab") as file:
                file.write(load)
            end = target.drained(_WARMUP + number)
        used = sum(running.tree.cpu().values()) - before
    return Figures(used / number * 1e6, memory.mib, end.items == _WARMUP + number and not end.bad)


def main(arguments: list[str]) -> int:
    """Measure, print a table. 1 when a row has no valid round."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=400_000)
    parser.add_argument("--only", default="", help="part of the rows' names")
    options = parser.parse_args(arguments)
    cores = pinning.choose(os.sched_getaffinity(0))
    built = programs.build()
    peer = binaries.ensure(["gofilelog"], (PEER,))["gofilelog"]
    ours = Contender("ours", (Path(sys.executable).with_name("otelcol"),), (cores.collector,))
    go = Contender("go", (peer,), (cores.collector,))
    invalid = False
    print("| row | ours µs a line | Go | ours/Go per CPU-second | bar | ours MiB | Go MiB |\n|---|---|---|---|---|---|---|")
    for row in (row for row in ROWS if options.only in row.key):
        pairs: list[tuple[Figures, Figures]] = []
        for _ in range(options.rounds):
            with tempfile.TemporaryDirectory(prefix="bench.") as name, pinning.on_cores(cores.load):
                pair = tuple(measure(row, who, built.sink, cores.load, Path(name), options.lines) for who in (ours, go))
            say(f"{row.key}: ours {pair[0]}, go {pair[1]}")
            if pair[0].complete and pair[1].complete:
                pairs.append((pair[0], pair[1]))
        if not pairs:
            invalid = True
            continue
        mine, theirs, ratio = (
            statistics.median(values)
            for values in (
                [one.microseconds for one, _ in pairs],
                [other.microseconds for _, other in pairs],
                [other.microseconds / one.microseconds for one, other in pairs],
            )
        )
        memory = [statistics.median([pair[side].mib for pair in pairs]) for side in (0, 1)]
        print(f"| {row.key} | {mine:.2f} | {theirs:.2f} | {ratio:.2f} | {BAR} | {memory[0]:.0f} | {memory[1]:.0f} |", flush=True)
    return 1 if invalid else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
