"""Hostile requests to a running collector: `python -m tests.fuzz.network --requests 1000000`.

Each request's answer is known beforehand by a rule of its own (`oracle.py`); at the end the collector must hold no more memory
than after its warm-up, answer a good request, and have delivered exactly what it accepted. A run that is interrupted goes on at
the batch it had come to, `--seed` begins another. Every failure names its batch: `--seed S --batch B --requests 64` repeats it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from otel_agent.receivers.otlp.front_end import native_module
from tests.fuzz.network.campaign import PROTOCOLS, Campaign, Progress, Report
from tests.fuzz.network.target import FRONT_ENDS, started


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line: exit code 1 when an answer was wrong, memory grew, or something was lost."""
    cache = Path(os.environ.get("OTEL_OPERATOR_CACHE") or Path.home() / ".cache" / "otel-operator")
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.network", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="to each protocol, in all runs with this seed")
    parser.add_argument("--seconds", type=float, default=600, help="for each protocol, in this run")
    parser.add_argument("--seed", type=int, help="begin a run; without it, go on with the one in the folder")
    parser.add_argument("--batch", type=int, help="begin there, to repeat what a failure names")
    parser.add_argument("--protocol", action="append", choices=PROTOCOLS, help="may be given several times; all by default")
    parser.add_argument("--front-end", choices=FRONT_ENDS, default="native" if native_module() else "portable")
    parser.add_argument("--directory", type=Path, default=cache / "fuzz" / "network", help="for state and logs")
    options = parser.parse_args(argv)
    failed = False
    for protocol in options.protocol or PROTOCOLS:
        failed |= not fuzz(protocol, options)
    return failed


def fuzz(protocol: str, options: argparse.Namespace) -> bool:
    """Fuzz one protocol; tell whether all was well."""
    name = f"{protocol}, {options.front_end}"
    folder = options.directory / f"{protocol}-{options.front_end}"
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "progress.json"
    if options.seed is not None:
        state.unlink(missing_ok=True)
    progress = Progress.load(state, options.seed or 0)
    if progress.requests >= options.requests:
        progress = Progress(progress.seed + 1)
    if options.batch is not None:
        progress = Progress(progress.seed, options.batch)
    print(f"{name}: seed {progress.seed}, from batch {progress.batch}, logs in {folder}", flush=True)
    (folder / "collector.log").unlink(missing_ok=True)
    with started(folder, options.front_end) as target:
        campaign = Campaign(target, protocol, options.front_end, lambda line: print(f"{name}: {line}", flush=True))
        report = campaign.run(progress, options.requests, options.seconds, lambda: progress.save(state))
    show(name, report)
    return not report.failures


def show(name: str, report: Report) -> None:
    """Print what a run has shown."""
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(report.statuses.items()))
    verdict = "FAILED" if report.failures else "passed"
    memory = f"{report.warm_mib:.0f} MiB warm, {report.most_mib:.0f} at most, {report.end_mib:.0f} at the end"
    print(f"{name}: {verdict}: {report.requests} requests of {len(report.kinds)} kinds in {report.seconds:.0f} s")
    print(f"{name}: answers {statuses} (-1: none); {report.accepted} items accepted")
    print(f"{name}: memory {memory}; {report.cpu_seconds:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    sys.exit(main())
