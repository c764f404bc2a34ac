"""Takes a collector's destinations away and gives them back: what it acknowledged must arrive, in bounded memory.

    make soak                                                       5 minutes without, 30 s of everything else
    python -m tests.soak.destination --minutes 0.2 --seconds 5      shorter
    python -m tests.soak.destination --variant persistent           one kind of queue

Three collectors, one for each kind of queue, send by gRPC and HTTP to two destinations each, which by turns are down, slow,
flapping, refuse (429, 503, Unavailable, ResourceExhausted, with and without a time to come back), reset connections in
mid-answer, and stop reading. After each phase all that was acknowledged must have arrived, no request came again sooner than
was asked, and the collector never held more memory than its limit and an allowance. An interrupted run goes on with the phase
it was in; everything random comes from `--seed`.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from e2e.cluster.errors import ComponentError
from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from tests.soak.collector import Collector
from tests.soak.collector import start as start_collector
from tests.soak.door import OPEN, Door, Manner
from tests.soak.persistent_queue import Numbers
from tests.soak.receiving import Destination, GrpcDestination, HttpDestination
from tests.soak.sending import Acknowledged, Senders

VARIANTS = ("block", "refuse", "persistent")
"""A queue in memory that lets callers wait, one that refuses them, one in files."""
PHASES = ("down", "slow", "flapping", "refusing", "resetting", "half-reading")
LIMIT_MIB = 180
SPIKE_MIB = 40
ALLOWANCE_MIB = 60
"""What a collector may hold beyond its limit: what comes in between two looks of the limiter, and batches being sent."""
RATE = 60.0
"""Requests per second; each has 30 items of 1 KB on average."""
SENDERS = 6
"""Of each protocol."""
SETTLE_SECONDS = 120.0
_SLOW = Manner(bytes_per_second=400_000)
_RESETTING = Manner(reset_after=600_000, reset_answers_after=1_000)
_HALF_READING = Manner(stop_reading_after=300_000)
_SAMPLE_SECONDS = 0.25
_PROGRESS_SECONDS = 10.0


@dataclass
class Progress:
    """How far a run has come, as kept in its folder."""

    seed: int
    done: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, directory: Path, seed: int) -> "Progress":
        """Go on with what is there, its seed included."""
        path = directory / "progress.json"
        return cls(**json.loads(path.read_text())) if path.exists() else cls(seed)

    def save(self, directory: Path) -> None:
        """Replace what is there."""
        path = directory / "progress.json"
        path.with_suffix(".new").write_text(json.dumps(asdict(self)))
        path.with_suffix(".new").replace(path)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of the phases."""

    down: float
    others: float

    def of(self, phase: str) -> float:
        """Return how long a phase lasts."""
        return self.down if phase == "down" else self.others


class Soak:
    """One variant, from start to end."""

    def __init__(self, variant: str, directory: Path, progress: Progress, times: Times) -> None:
        self.faults: list[str] = []
        self.most_mib = 0.0
        self.acknowledged = Acknowledged()
        self._variant = variant
        self._directory = directory / variant
        self._root = directory
        self._progress = progress
        self._times = times
        self._dice = Random(f"{progress.seed} {variant} {len(progress.done)}")
        self._numbers = Numbers(0)
        self._phase = "start"
        inner = free_ports(6)
        self._ports = inner[4:]
        self.destinations: dict[str, Destination] = {
            "grpc": GrpcDestination(inner[0], self._dice),
            "http": HttpDestination(inner[1], self._dice),
        }
        self._doors = {"grpc": Door(inner[2], inner[0], self._dice), "http": Door(inner[3], inner[1], self._dice)}
        self._outer = {"grpc": inner[2], "http": inner[3]}

    async def run(self) -> None:
        """Run the phases that are not done yet."""
        left = [phase for phase in PHASES if f"{self._variant} {phase}" not in self._progress.done]
        if not left:
            return
        shutil.rmtree(self._directory, ignore_errors=True)
        for destination in self.destinations.values():
            await destination.start()
        with ProcessGroup(self._directory) as group:
            text = configuration(self._variant, self._directory, self._ports, self._outer)
            collector = await asyncio.to_thread(start_collector, group, self._directory, text, self._ports)
            watching = asyncio.create_task(self._watch(collector))
            try:
                for phase in left:
                    await self._run_phase(phase)
                    if self.faults:
                        break
                    self._progress.done.append(f"{self._variant} {phase}")
                    self._progress.save(self._root)
            except ComponentError as error:
                self.faults.append(str(error))
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
                for door in self._doors.values():
                    await door.shut()
                for destination in self.destinations.values():
                    await destination.stop()

    async def _run_phase(self, phase: str) -> None:
        self._phase = phase
        senders = Senders(self._ports[1], self._ports[0], self._numbers, self.acknowledged, self._dice, RATE)
        await self._open()
        senders.start(SENDERS)
        await self._disturb(phase, self._times.of(phase))
        for destination in self.destinations.values():
            destination.refusing = False
        await self._open()
        began = time.monotonic()
        late = await senders.stop(SETTLE_SECONDS)
        if late:
            self._fault(f"{late} senders were not taken back within {SETTLE_SECONDS:g} s")
        await self._settle()
        self._say(f"recovered {time.monotonic() - began:.1f} s after it ended")
        for name, destination in self.destinations.items():
            arrivals = destination.arrivals
            if missing := self.acknowledged.numbers - arrivals.numbers:
                self._fault(f"{len(missing)} acknowledged items did not arrive by {name}: {sorted(missing)[:5]}")
            if arrivals.corrupted:
                self._fault(f"{arrivals.corrupted} items were corrupted on their way by {name}")
            if arrivals.patience.early:
                self._fault(f"{arrivals.patience.early} requests came again by {name} before the time they were told")
        if self.acknowledged.faults:
            self._fault(f"senders were told {self.acknowledged.faults[:3]}")
        if self.most_mib > LIMIT_MIB + ALLOWANCE_MIB:
            self._fault(f"the collector used {self.most_mib:.0f} MiB, the limit is {LIMIT_MIB}")

    async def _disturb(self, phase: str, seconds: float) -> None:
        if phase == "down":
            for door in self._doors.values():
                await door.shut()
            await asyncio.sleep(seconds)
        elif phase == "flapping":
            await self._flap(seconds)
        elif phase == "refusing":
            for destination in self.destinations.values():
                destination.refusing = True
            await asyncio.sleep(seconds)
        else:
            await self._open({"slow": _SLOW, "resetting": _RESETTING, "half-reading": _HALF_READING}[phase])
            await asyncio.sleep(seconds)

    async def _flap(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for door in self._doors.values():
                await (door.shut() if self._dice.random() < 0.5 else door.open())
            await asyncio.sleep(self._dice.uniform(0.1, 1.0))

    async def _open(self, manner: Manner = OPEN) -> None:
        for door in self._doors.values():
            await door.open(manner)
            await door.reset()

    async def _settle(self) -> None:
        """Wait until all has arrived, as long as more arrives."""
        deadline, last = time.monotonic() + SETTLE_SECONDS, -1
        while time.monotonic() < deadline:
            missing = sum(len(self.acknowledged.numbers - one.arrivals.numbers) for one in self.destinations.values())
            if not missing:
                return
            if missing != last:
                deadline, last = time.monotonic() + SETTLE_SECONDS, missing
            await asyncio.sleep(0.2)

    async def _watch(self, collector: Collector) -> None:
        shown = time.monotonic()
        while True:
            collector.check_alive()
            mib = collector.rss_mib()
            self.most_mib = max(self.most_mib, mib)
            if time.monotonic() - shown > _PROGRESS_SECONDS:
                shown = time.monotonic()
                self._say(f"{mib:.0f} MiB, {self.figures()}")
            await asyncio.sleep(_SAMPLE_SECONDS)

    def figures(self) -> str:
        """Return what has happened so far."""
        acknowledged = self.acknowledged
        parts = [f"acknowledged {len(acknowledged.numbers)}, refused {acknowledged.refusals} requests"]
        for name, destination in self.destinations.items():
            one = destination.arrivals
            missing = len(acknowledged.numbers - one.numbers)
            told = f"{one.patience.again} of {one.patience.told} requests told to wait came again, {one.patience.early} too soon"
            parts.append(f"{name}: {missing} to come, {one.again} came twice, {told}")
        return "; ".join(parts)

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self._phase}: {text}")

    def _say(self, text: str) -> None:
        print(f"{self._variant}, {self._phase}: {text}", flush=True)


def configuration(variant: str, directory: Path, ports: list[int], destinations: dict[str, int]) -> dict[str, Any]:
    """Return a gateway's configuration.

    Only a queue that lets callers wait may stand behind a batch processor, which has acknowledged what a queue then refuses.
    """
    queue: dict[str, Any] = {"sizer": "bytes", "queue_size": 2**30, "num_consumers": 4, "block_on_overflow": variant != "refuse"}
    if variant == "persistent":
        queue["storage"] = "file_storage"
    if variant == "refuse":
        queue |= {
            "queue_size": 60 * 2**20,
            "batch": {"flush_timeout": "200ms", "sizer": "items", "min_size": 200, "max_size": 400},
        }
    retry = {"initial_interval": "200ms", "max_interval": "2s", "max_elapsed_time": "0s"}
    shared = {"compression": "none", "retry_on_failure": retry, "sending_queue": queue, "timeout": "5s"}
    batch = [] if variant == "refuse" else ["batch"]
    pipeline = {"receivers": ["otlp"], "processors": ["memory_limiter", *batch], "exporters": ["otlp_grpc", "otlp_http"]}
    endpoints = {name: f"127.0.0.1:{port}" for name, port in destinations.items()}
    return {
        "extensions": {"file_storage": {"directory": str(directory / "queue"), "create_directory": True}},
        "receivers": {
            "otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{ports[0]}"}, "http": {"endpoint": f"127.0.0.1:{ports[1]}"}}}
        },
        "processors": {
            "memory_limiter": {"check_interval": "100ms", "limit_mib": LIMIT_MIB, "spike_limit_mib": SPIKE_MIB},
            "batch": {"send_batch_size": 200, "send_batch_max_size": 400},
        },
        "exporters": {
            "otlp_grpc": {"endpoint": endpoints["grpc"], "tls": {"insecure": True}, **shared},
            "otlp_http": {"endpoint": f"http://{endpoints['http']}", **shared},
        },
        "service": {
            "extensions": ["file_storage"],
            "pipelines": {"logs": pipeline},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }


async def soak(directory: Path, progress: Progress, times: Times, variants: list[str]) -> list[Soak]:
    """Run variants side by side."""
    soaks = [Soak(variant, directory, progress, times) for variant in variants]
    await asyncio.gather(*(each.run() for each in soaks))
    return soaks


def main() -> int:
    """Run from the command line: exit code 1 when something acknowledged is missing, or memory or patience ran out."""
    cache = Path(os.environ.get("OTEL_OPERATOR_CACHE") or Path.home() / ".cache" / "otel-operator")
    parser = argparse.ArgumentParser(prog="python -m tests.soak.destination", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="for which the destinations are down")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each other phase")
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    parser.add_argument("--variant", action="append", choices=VARIANTS, help="may be given several times; all by default")
    parser.add_argument("--directory", type=Path, default=cache / "soak" / "destination")
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    progress = Progress.load(options.directory, options.seed)
    print(f"destination: seed {progress.seed}, {len(progress.done)} phases done, state in {options.directory}", flush=True)
    times = Times(60 * options.minutes, options.seconds)
    try:
        soaks = asyncio.run(soak(options.directory, progress, times, options.variant or list(VARIANTS)))
    except KeyboardInterrupt:
        print("interrupted; run it again to go on")
        return 130
    failed = any(each.faults for each in soaks)
    for variant, each in zip(options.variant or VARIANTS, soaks, strict=True):
        for fault in each.faults:
            print(f"{variant}: FAILED {fault}", file=sys.stderr)
        print(f"{variant}: {'FAILED' if each.faults else 'passed'}: {each.most_mib:.0f} MiB at most, {each.figures()}")
    if not failed:
        shutil.rmtree(options.directory)
    return failed


if __name__ == "__main__":
    sys.exit(main())
