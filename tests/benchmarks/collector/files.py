"""A file that grows, followed with the same operators by both, and sent by OTLP/HTTP to the sink."""

from __future__ import annotations

from contextlib import ExitStack

import yaml

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from tests.benchmarks.collector import contender, sink
from tests.benchmarks.collector.configs import telemetry_on
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.procfs import PeakMemory
from tests.benchmarks.collector.scenarios import Source
from tests.benchmarks.collector.trial import Bench, Trial

_WARMUP = 50_000
# What the slower of both reads in a second, so that a measurement lasts about as long as it should.
_LINES_A_SECOND = {"filelog-plain": 200_000}
_PARSED_A_SECOND = 100_000
_REGEX = (
    r"^(?P<time>\S+) (?P<level>\w+) (?P<logger>\S+) \[(?P<thread>[^\]]+)\] order (?P<order>\d+) accepted "
    r"for customer (?P<customer>\d+) in (?P<ms>\d+) ms"
)
_TIMESTAMP = {"parse_from": "attributes.time", "layout": "%Y-%m-%dT%H:%M:%S.%LZ"}
_SEVERITY = {"parse_from": "attributes.level"}
_PLAIN = "2026-11-26T16:51:06.{0:03d}Z INFO shop.checkout [worker-{1}] order {2:08d} accepted for customer {3} in {4} ms\n"
JSON_LINE = (
    '{{"time":"2026-11-26T16:51:06.{0:03d}Z","level":"INFO","logger":"shop.checkout","thread":"worker-{1}","order":{2},'
    '"customer":"{3}","ms":{4}}}\n'
)
READ: dict[str, tuple[str, list[dict[str, object]]]] = {
    "filelog-plain": (_PLAIN, []),
    "filelog-json": (JSON_LINE, [{"type": "json_parser"}]),
    "filelog-regex": (_PLAIN, [{"type": "regex_parser", "regex": _REGEX}]),
    "filelog-annotated": (JSON_LINE, [{"type": "json_parser", "timestamp": _TIMESTAMP, "severity": _SEVERITY}]),
}
"""By row: a line to be filled in, and the operators that read it."""


def lines(line: str, first: int, number: int) -> bytes:
    """Return lines that differ as real ones do."""
    fill = line.format
    return "".join(fill(n % 1000, n % 16, n, n * 7 % 100_000, n % 97) for n in range(first, first + number)).encode()


def configuration(operators: list[dict[str, object]], path: str, port: int, telemetry: int) -> str:
    """Return a file followed and sent on; all else by default."""
    pipeline = {"receivers": ["file_log"], "exporters": ["otlp_http"]}
    # Files are read faster than they are sent: without it the queue would refuse, and lines be lost.
    exporter = {"endpoint": f"http://127.0.0.1:{port}", "compression": "none", "sending_queue": {"block_on_overflow": True}}
    return yaml.safe_dump(
        {
            "receivers": {"file_log": {"include": [path], "start_at": "beginning", "operators": operators}},
            "exporters": {"otlp_http": exporter},
            "service": {"telemetry": telemetry_on(telemetry), "pipelines": {"logs": pipeline}},
        },
        sort_keys=False,
    ).replace("$", "$$")


def run(bench: Bench, who: Contender, source: Source) -> Trial:
    """Append lines at once and measure until the sink has all of them, each once."""
    line, operators = READ[source.key]
    port, control, telemetry = free_ports(3)
    path = bench.folder / f"{source.key}.{who.name}.log"
    path.write_bytes(lines(line, 0, _WARMUP))
    number = int(_LINES_A_SECOND.get(source.key, _PARSED_A_SECOND) * bench.seconds)
    load = lines(line, _WARMUP, number)
    with ExitStack() as stack:
        group = stack.enter_context(ProcessGroup(bench.folder / "logs"))
        target = stack.enter_context(sink.started(bench.programs.sink, port, control, group, bench.cores.load))
        config = configuration(operators, str(path), port, telemetry)
        running = stack.enter_context(contender.started(who, config, telemetry, group))
        target.drained(_WARMUP)
        before = sum(running.tree.cpu().values())
        with PeakMemory(running.tree) as memory:
            with path.open("ab") as file:
                file.write(load)
            end = target.drained(_WARMUP + number)
        used = sum(running.tree.cpu().values()) - before
    path.unlink()
    faults = [f"{_WARMUP + number} lines written, {end.items} at the sink"] if end.items != _WARMUP + number else []
    faults += [f"{end.bad} bad requests at the sink"] if end.bad else []
    return Trial.of_source(items=number, cpu_seconds=used, rss_mib=memory.mib, faults=faults)
