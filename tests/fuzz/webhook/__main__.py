"""Malformed AdmissionReviews to the pod webhook: `python -m tests.fuzz.webhook --requests 100000 --seed 7`.

Every review with a uid must be answered 200 and allowed, any other 400, and at the end the webhook must hold no more memory than
after its warm-up. A failure names its review: `--seed S --first N --requests 1` repeats it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from e2e.cluster.waiting import wait_until
from otel_operator.resources.install.names import MUTATE_POD
from tests.benchmarks.collector.procfs import Tree
from tests.fuzz.webhook.mutants import Corpus
from tests.fuzz.webhook.oracle import fault, internal_error

LANES = 8
START_SECONDS = 60.0
WARM_UP = 0.1
"""Part of a run after which memory has to stand still."""
GROWTH_MIB = 24.0
"""What memory may differ by at the end: bodies under way, and what allocators keep of the largest."""
MOST_FAULTS = 10
_TIMEOUT = aiohttp.ClientTimeout(60)


@dataclass
class Report:
    """What came of a run."""

    requests: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    patched: int = 0
    internal_errors: int = 0
    warm_mib: float = 0.0
    end_mib: float = 0.0
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        """Note what must not be; no more than can be read."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(text)


async def run(folder: Path, seed: int, requests: int, seconds: float, first: int = 0) -> Report:
    """Send so many reviews, or for so long, from the one numbered `first`; logs lie in `folder`."""
    report = Report()
    port, nobody = free_ports(2)
    with ProcessGroup(folder) as group:
        command = [sys.executable, "-m", "tests.fuzz.webhook.serving", str(port), str(nobody)]
        webhook = group.start("webhook", command)
        tree = Tree(webhook.process.pid)
        await asyncio.to_thread(
            wait_until, "the webhook", lambda: tree.owns(port), seconds=START_SECONDS, alive=webhook.check_alive
        )
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            url = f"http://127.0.0.1:{port}{MUTATE_POD}"
            corpus = Corpus(seed)
            for share in (WARM_UP, 1 - WARM_UP):
                numbers = iter(range(first + report.requests, first + report.requests + max(1, round(requests * share))))
                end = time.monotonic() + seconds * share
                await asyncio.gather(*(_lane(session, url, corpus, seed, numbers, end, report) for _ in range(LANES)))
                report.warm_mib, report.end_mib = report.end_mib, tree.rss_mib()
        webhook.check_alive()
    if report.end_mib - report.warm_mib > GROWTH_MIB:
        report.fault(f"memory grew from {report.warm_mib:.0f} to {report.end_mib:.0f} MiB")
    return report


async def _lane(
    session: aiohttp.ClientSession, url: str, corpus: Corpus, seed: int, numbers: Iterator[int], end: float, report: Report
) -> None:
    for number in numbers:
        mutant = corpus.mutant(Random(f"{seed}.{number}"))
        async with session.post(url, data=mutant.body, headers={"Content-Type": "application/json"}) as response:
            answer = await response.read()
        report.requests += 1
        report.kinds[mutant.kind] += 1
        report.statuses[response.status] += 1
        report.patched += b'"patch"' in answer
        report.internal_errors += internal_error(answer)
        if found := fault(mutant.body, response.status, answer):
            report.fault(f"--seed {seed} --first {number} --requests 1 ({mutant.kind}): {found}")
        if time.monotonic() > end:
            return


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line: exit code 1 when an answer was wrong or memory grew."""
    cache = Path(os.environ.get("OTEL_OPERATOR_CACHE") or Path.home() / ".cache" / "otel-operator")
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.webhook", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="at most")
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    parser.add_argument("--first", type=int, default=0, help="number of the first review, to repeat what a failure names")
    parser.add_argument("--directory", type=Path, default=cache / "fuzz" / "webhook", help="for the log")
    options = parser.parse_args(argv)
    options.directory.mkdir(parents=True, exist_ok=True)
    report = asyncio.run(run(options.directory, options.seed, options.requests, options.seconds, options.first))
    for found in report.faults:
        print(f"webhook: FAILED {found}", file=sys.stderr)
    verdict = "FAILED" if report.faults else "passed"
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(report.statuses.items()))
    print(f"webhook: {verdict}: {report.requests} reviews of {len(report.kinds)} kinds, seed {options.seed}")
    print(f"webhook: answers {answers}; {report.patched} patched, {report.internal_errors} admitted after an internal error")
    print(f"webhook: memory {report.warm_mib:.0f} MiB warm, {report.end_mib:.0f} at the end", flush=True)
    return bool(report.faults)


if __name__ == "__main__":
    sys.exit(main())
