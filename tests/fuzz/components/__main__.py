"""Well-formed requests of any numbers, texts and shapes through every component that looks into them.

    python -m tests.fuzz.components --requests 3000 --seed 7

`collector.yaml` beside this file is the collector. Such a request is no fault of any protocol, so each must be taken, the pages
for Prometheus must be there in every format afterwards, no push to Loki may break its wire format, and the log may not have a
failure that nobody foresaw. A run is repeated by its seed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import yaml

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from otel_agent.pdata.telemetry import Signal
from tests.fuzz.requests import EXTREME, PLAIN, request
from tests.soak.collector import start
from tests.standins.loki import Loki

FORMATS = (
    "text/plain;version=0.0.4",
    "application/openmetrics-text;version=1.0.0",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
)
UNFORESEEN = ("Traceback (most recent call last)", "Unexpected error")
_LARGEST = 100_000
_TIMEOUT = aiohttp.ClientTimeout(60)
_END_SECONDS = 60.0
_MOST_FAULTS = 10


@dataclass
class Report:
    """What came of a run."""

    requests: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        """Note what must not be; no more than can be read."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(text)


def unforeseen(log: str) -> list[str]:
    """Return the lines of a log that tell of failures nobody foresaw, each with the end of its traceback."""
    lines = log.splitlines()
    found = []
    for number, line in enumerate(lines):
        if any(sign in line for sign in UNFORESEEN):
            end = next((later for later in lines[number + 1 :] if later[:1].strip()), "")
            found.append(f"{line[:300]} … {end[:300]}")
    return found


async def run(directory: Path, seed: int, requests: int, seconds: float) -> Report:
    """Send so many requests, or for so long."""
    report = Report()
    http, grpc, prometheus, utf8 = ports = free_ports(4)
    async with Loki() as loki:
        named = {
            "HTTP": http,
            "GRPC": grpc,
            "PROMETHEUS": prometheus,
            "PROMETHEUS_UTF8": utf8,
            "LOKI": loki.url,
            "FILE": directory / "out",
        }
        text = (Path(__file__).parent / "collector.yaml").read_text()
        for name, value in named.items():
            text = text.replace(f"${{env:{name}}}", str(value))
        with ProcessGroup(directory) as group:
            collector = await asyncio.to_thread(start, group, directory, yaml.safe_load(text), ports)
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
                await _send(session, f"http://127.0.0.1:{http}", Random(seed), requests, time.monotonic() + seconds, report)
                for port in (prometheus, utf8):
                    for accept in FORMATS:
                        async with session.get(f"http://127.0.0.1:{port}/metrics", headers={"Accept": accept}) as answer:
                            if answer.status != 200 or not await answer.read():
                                report.fault(f"the page for {accept} was answered {answer.status}")
            await asyncio.to_thread(collector.component.end, grace=_END_SECONDS)
            if code := collector.component.process.returncode:
                report.fault(f"the collector ended with {code}")
            for line in unforeseen(collector.log()):
                report.fault(line)
        for reason in loki.refused:
            report.fault(f"Loki would refuse: {reason}")
        if not loki.taken:
            report.fault("nothing came to Loki")
    return report


async def _send(session: aiohttp.ClientSession, url: str, random: Random, requests: int, end: float, report: Report) -> None:
    while report.requests < requests and time.monotonic() < end:
        signal = random.choice(list(Signal))
        message = request(random, signal, random.choice((EXTREME, PLAIN)))
        if signal is Signal.LOGS:
            _set_times(message, random)
        body = message.SerializeToString()
        if len(body) > _LARGEST:
            continue
        report.requests += 1
        headers = {"Content-Type": "application/x-protobuf"}
        async with session.post(f"{url}/v1/{signal}", data=body, headers=headers) as answer:
            if answer.status != 200:
                report.fault(
                    f"request {report.requests} ({signal}) was answered {answer.status}: {(await answer.read())[:200]!r}"
                )


def _set_times(request: Any, random: Random) -> None:
    """Give records times that Loki takes: it refuses others, as it should, and would judge nothing else of their requests."""
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                record.time_unix_nano = record.observed_time_unix_nano = time.time_ns() - random.randrange(10**12)


def main() -> int:
    """Run from the command line: exit code 1 when something was not as it must be."""
    cache = Path(os.environ.get("OTEL_OPERATOR_CACHE") or Path.home() / ".cache" / "otel-operator")
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.components", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="at most")
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    parser.add_argument("--directory", type=Path, default=cache / "fuzz" / "components")
    options = parser.parse_args()
    print(f"components: seed {options.seed}", flush=True)
    shutil.rmtree(options.directory, ignore_errors=True)
    options.directory.mkdir(parents=True)
    report = asyncio.run(run(options.directory, options.seed, options.requests, options.seconds))
    for fault in report.faults:
        print(f"components: FAILED {fault}", file=sys.stderr)
    print(f"components: {'FAILED' if report.faults else 'passed'}: {report.requests} requests, seed {options.seed}", flush=True)
    return bool(report.faults)


if __name__ == "__main__":
    sys.exit(main())
