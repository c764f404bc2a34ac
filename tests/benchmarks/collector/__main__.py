"""Command line of the benchmark: `python -m tests.benchmarks.collector`, or `make bench`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import elapsed, say
from tests.benchmarks.collector import (
    idle,
    machine,
    payloads,
    pinning,
    programs,
    results,
    rounds,
    scenarios,
    sources,
    table,
    trial,
    workers,
)
from tests.benchmarks.collector.attempts import start_again
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.generator import LoadError
from tests.benchmarks.collector.scenarios import Load, Row, Source
from tests.benchmarks.collector.table import Measured, Report
from tests.benchmarks.collector.trial import Bench, Trial

# What a measurement takes besides its measured part: starts, warm-up, the last batches, stops.
_AROUND_SECONDS = 3.0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; exits when it is wrong."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="", metavar="ROWS", help="rows by name or shell pattern, separated by commas")
    parser.add_argument("--full", action="store_true", help="also cost against attributes, request size and connections")
    parser.add_argument("--rounds", type=_positive(int), metavar="N", help="pairs of measurements for each row (default 3)")
    parser.add_argument("--seconds", type=_positive(float), metavar="S", help="time of each measurement (default 4)")
    parser.add_argument("--quick", action="store_true", help="one round of 2 s: to see that all works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures (see README.md for the default)")
    parser.add_argument(
        "--ours-env", type=_setting, action="append", default=[], metavar="KEY=VALUE", help="environment of our collector"
    )
    parser.add_argument(
        "--go", type=Path, metavar="PROGRAM", help="another Go collector to compare with, such as a distribution's"
    )
    parser.add_argument(
        "--go-env",
        type=_setting,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="environment of the Go collector: GOGC=400",
    )
    parser.add_argument("--list", action="store_true", help="print the names of all rows")
    options = parser.parse_args(arguments)
    whole = not (options.only or options.quick or options.ours_env or options.go_env or options.go)
    options.json = options.json or (results.WHOLE if whole else results.PARTIAL)
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.seconds = options.seconds or (2.0 if options.quick else 4.0)
    options.only = [pattern for pattern in options.only.split(",") if pattern]
    try:
        options.selection = scenarios.select(options.only, full=options.full)
    except ValueError as error:
        parser.error(str(error))
    return options


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table on stdout and write the file. 1 when a row has no valid round, 2 when nothing can be run."""
    options = parse(arguments)
    if options.list:
        print("\n".join(scenarios.KEYS))
        return 0
    try:
        report = _measure(options)
    except (ClusterError, LoadError, OSError, ValueError) as error:
        say(f"bench: {error}")
        return 2
    print(table.render(report), end="")
    return 1 if any(rounds.summarize(measured.pairs) is None for measured in report.rows) else 0


def _measure(options: argparse.Namespace) -> Report:
    cores = pinning.choose(os.sched_getaffinity(0))
    pinning.allow_many_connections()
    built = programs.build()
    guide = options.go or (
        programs.build_guide() if any(isinstance(row.load, Source) for row in options.selection.rows) else None
    )
    ours = Contender("ours", (Path(sys.executable).with_name("otelcol"),), (cores.collector,), dict(options.ours_env))
    go = Contender("go", (options.go or built.gocollector,), (cores.collector,), dict(options.go_env))
    peers = {Load: go, Source: replace(go, command=(guide or built.gocollector,))}
    report = Report()
    setting: dict[str, Any] = {
        **machine.describe(),
        "options": {
            "rounds": options.rounds,
            "seconds": options.seconds,
            "ours_env": dict(options.ours_env),
            "go_env": dict(options.go_env),
            "go": str(options.go or "gocollector"),
        },
    }
    with tempfile.TemporaryDirectory(prefix="bench.") as name:
        folder = Path(name)
        bench = Bench(built, cores, folder, options.seconds, warmup=min(1.5, options.seconds / 2))
        with pinning.on_cores(cores.load):
            if options.selection.idle:
                _measure_idle(bench, options.rounds, ours, go, report)
            for row in _announced(options.selection.rows, options):
                report.rows.append(Measured(row, _measure_row(bench, row, options.rounds, ours, peers[type(row.load)])))
                results.write(options.json, report, setting)
            if options.selection.workers:
                _measure_workers(bench, options.rounds, ours, report)
    results.write(options.json, report, setting)
    say(f"figures of each round: {options.json}")
    return report


def _announced(rows: Sequence[Row], options: argparse.Namespace) -> Sequence[Row]:
    each = (options.seconds * (row.load.stretch if isinstance(row.load, Load) else 1) + _AROUND_SECONDS for row in rows)
    seconds = options.rounds * 2 * sum(each)
    say(f"{len(rows)} rows, {options.rounds} rounds each: about {elapsed(seconds)}")
    return rows


def _measure_idle(bench: Bench, number: int, ours: Contender, go: Contender, report: Report) -> None:
    say("idle: memory and time from start to ready")
    for _ in range(number):
        report.ours_idle.append(start_again(lambda: idle.measure(ours, bench.folder)))
        report.go_idle.append(start_again(lambda: idle.measure(go, bench.folder)))


def _measure_row(bench: Bench, row: Row, number: int, ours: Contender, go: Contender) -> list[rounds.Pair]:
    once = _measurement(bench, row.key, row.load)
    return rounds.play(number, lambda: once(ours), lambda: once(go))


def _measure_workers(bench: Bench, number: int, ours: Contender, report: Report) -> None:
    shown = subprocess.run([*ours.command, "--help"], capture_output=True, text=True, check=False).stdout
    if "--workers" not in shown:
        report.skipped[scenarios.WORKERS] = "this collector has no --workers yet"
        return
    once, twice = (_measurement(bench, scenarios.WORKERS, load) for load in (workers.LOAD, workers.TWICE))
    one, two = workers.teams(ours, bench.cores.second)
    for _ in range(number):
        report.workers.append(workers.Scaling(once(one), twice(two)))


def _measurement(bench: Bench, key: str, load: Load | Source) -> Callable[[Contender], Trial]:
    """Prepare a load and return what measures a collector under it once and says so."""
    measure: Callable[[Contender], Trial]
    if isinstance(load, Load):
        measure = partial(_under, bench, load, payloads.write(load, bench.folder))
    else:
        measure = partial(sources.run, bench, source=load)
    begin = time.monotonic()

    def once(who: Contender) -> Trial:
        done = start_again(lambda: measure(who))
        faults = f"; INVALID: {'; '.join(done.faults)}" if done.faults else ""
        speed = f"{done.items_per_cpu_second / 1000:.1f} k items per CPU-second, {done.rss_mib:.0f} MiB"
        say(f"{key}: {who.name} {speed}{faults} ({elapsed(time.monotonic() - begin)})")
        return done

    return once


def _under(bench: Bench, load: Load, payload: Path, who: Contender) -> Trial:
    return trial.run(bench, who, load, payload)


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value

    return convert


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
