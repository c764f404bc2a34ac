"""Kills a collector with a persistent queue again and again under load: what it acknowledged must arrive, whole.

    make soak                                            20 kills and a last round that delivers the rest
    python -m tests.soak.persistent_queue --kills 3      fewer

Everything random comes from `--seed`. Numbers acknowledged and arrived are kept in `--directory` with the queue itself, so an
interrupted run goes on where it was; the folder is removed after a success.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import aiohttp
import yaml
from aiohttp import web
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from e2e.cluster.ports import free_ports

SENDERS = 8
MAX_ITEMS = 60
MAX_PAYLOAD = 2_000
START_SECONDS = 60.0
DELIVERY_SECONDS = 180.0
UNKNOWN = 10_000_000
"""More numbers than one round can send."""
DOWN_SHARE = 0.5
"""Part of the requests that the sink refuses while it is flapping, so that there is always a backlog to lose."""


def body_of(number: int) -> str:
    """Text of an item: its number, and as many characters as its number makes, all of which its number determines."""
    digest = blake2b(number.to_bytes(8), digest_size=16).hexdigest()
    length = int(digest[:4], 16) % MAX_PAYLOAD
    return f"{number}:{(digest * (length // 32 + 1))[:length]}"


@dataclass
class Ledger:
    """What was acknowledged and what arrived, on disk as well."""

    directory: Path
    acknowledged: set[int] = field(default_factory=set)
    arrived: set[int] = field(default_factory=set)
    arrivals: int = 0
    corrupted: int = 0

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        for name in ("acknowledged", "arrived"):
            path = self.directory / name
            if path.exists():
                numbers = [int(line) for line in path.read_text().split()]
                getattr(self, name).update(numbers)
                self.arrivals = len(numbers)
        self._files = {name: (self.directory / name).open("a") for name in ("acknowledged", "arrived")}

    def note(self, name: str, numbers: list[int]) -> None:
        """Record numbers before anyone acts on it."""
        getattr(self, name).update(numbers)
        self._files[name].write("".join(f"{number}\n" for number in numbers))
        self._files[name].flush()

    @property
    def missing(self) -> set[int]:
        """Acknowledged and not arrived."""
        return self.acknowledged - self.arrived

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


class Sink:
    """An OTLP/HTTP receiver that checks every item, and flaps when told to."""

    def __init__(self, ledger: Ledger, dice: random.Random, port: int) -> None:
        self._ledger = ledger
        self._dice = dice
        self._port = port
        self.flapping = True

    async def serve(self) -> web.ServerRunner:
        """Listen."""
        runner = web.ServerRunner(web.Server(self._answer, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        return runner

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        data = await request.read()
        if self.flapping and self._dice.random() < DOWN_SHARE:
            return web.Response(status=503)
        numbers = []
        for resource in ExportLogsServiceRequest.FromString(data).resource_logs:
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    head = record.body.string_value.partition(":")[0]
                    self._ledger.arrivals += 1
                    if head.isdigit() and record.body.string_value == body_of(int(head)):
                        numbers.append(int(head))
                    else:
                        self._ledger.corrupted += 1
        self._ledger.note("arrived", numbers)
        return web.Response(body=b"", content_type="application/x-protobuf")


@dataclass
class Numbers:
    """The next number to send; every request has numbers of its own."""

    next: int

    def take(self, amount: int) -> list[int]:
        """Take the next ones."""
        taken = list(range(self.next, self.next + amount))
        self.next += amount
        return taken


def request_of(numbers: list[int]) -> bytes:
    """One OTLP request."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number in numbers:
        scope.log_records.add().body.string_value = body_of(number)
    return request.SerializeToString()


async def send(url: str, numbers: Numbers, ledger: Ledger, dice: random.Random) -> None:
    """Send until cancelled; note what was acknowledged."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
        while True:
            taken = numbers.take(dice.randint(1, MAX_ITEMS))
            try:
                async with session.post(
                    url, data=request_of(taken), headers={"Content-Type": "application/x-protobuf"}
                ) as answer:
                    if answer.status == 200:
                        ledger.note("acknowledged", taken)
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(0.05)


def configuration(directory: Path, port: int, sink: int, *, fsync: bool, batch: bool) -> str:
    """A collector with a persistent queue."""
    queue: dict[str, object] = {"storage": "file_storage", "queue_size": 20_000, "num_consumers": 4}
    if batch:
        queue["batch"] = {"min_size": 200, "max_size": 300, "flush_timeout": "50ms"}
    retry = {"initial_interval": "20ms", "max_interval": "200ms", "max_elapsed_time": "0s"}
    exporter = {"endpoint": f"http://127.0.0.1:{sink}", "compression": "none", "retry_on_failure": retry, "sending_queue": queue}
    pipeline = {"receivers": ["otlp"], "exporters": ["otlp_http"]}
    return yaml.safe_dump(
        {
            "extensions": {"file_storage": {"directory": str(directory / "queue"), "fsync": fsync, "timeout": "10s"}},
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
            "exporters": {"otlp_http": exporter},
            "service": {
                "extensions": ["file_storage"],
                "pipelines": {"logs": pipeline},
                "telemetry": {"metrics": {"level": "none"}, "logs": {"output_paths": [str(directory / "collector.log")]}},
            },
        }
    )


async def start_collector(directory: Path, port: int, text: str) -> asyncio.subprocess.Process:
    """Start the process and wait until it listens."""
    path = directory / "config.yaml"
    path.write_text(text)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "otel_agent", "--config", str(path))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if process.returncode is not None or time.monotonic() > deadline:
                await end(process, signal.SIGKILL)
                raise RuntimeError(f"the collector did not start, see {directory / 'collector.log'}") from None
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return process


async def end(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal and wait for the end."""
    if process.returncode is None:
        process.send_signal(number)
    await process.wait()


@dataclass
class Progress:
    """How far a run has come, as kept in its folder."""

    seed: int
    kills: int = 0

    @classmethod
    def load(cls, directory: Path, seed: int) -> "Progress":
        """Go on with what is there, its seed included."""
        path = directory / "progress.json"
        return cls(**json.loads(path.read_text())) if path.exists() else cls(seed)

    def save(self, directory: Path) -> None:
        """Replace what is there."""
        path = directory / "progress.json"
        path.with_suffix(".new").write_text(json.dumps(vars(self)))
        path.with_suffix(".new").replace(path)


async def soak(directory: Path, kills: int, seed: int, seconds: tuple[float, float], say: bool = True) -> Ledger:
    """Run all rounds; the caller looks at the ledger's `missing` and `corrupted`."""
    ledger = Ledger(directory)
    progress = Progress.load(directory, seed)
    port, sink_port = free_ports(2)
    dice = random.Random(f"{progress.seed} {progress.kills}")
    sink = Sink(ledger, dice, sink_port)
    runner = await sink.serve()
    # an interrupted round may have sent numbers that no file knows of: begin well above
    numbers = Numbers(max(ledger.acknowledged | ledger.arrived, default=-UNKNOWN) + UNKNOWN)
    url = f"http://127.0.0.1:{port}/v1/logs"
    senders: list[asyncio.Task[None]] = []
    try:
        while progress.kills <= kills:
            last = progress.kills == kills
            text = configuration(directory, port, sink_port, fsync=dice.random() < 0.5, batch=dice.random() < 0.5)
            process = await start_collector(directory, port, text)
            try:
                senders = [asyncio.create_task(send(url, numbers, ledger, dice)) for _ in range(SENDERS)]
                await asyncio.sleep(dice.uniform(*seconds))
                if last:
                    await finish(senders, sink, ledger)
            finally:
                await end(process, signal.SIGTERM if last else signal.SIGKILL)
                await stop_all(senders)
            progress.kills += 1
            progress.save(directory)
            if say:
                print(
                    f"round {progress.kills} of {kills + 1}: acknowledged {len(ledger.acknowledged)}, "
                    f"still to arrive {len(ledger.missing)}, arrived twice {ledger.arrivals - len(ledger.arrived)}, "
                    f"corrupted {ledger.corrupted}",
                    flush=True,
                )
    finally:
        await runner.cleanup()
        ledger.close()
    return ledger


async def finish(senders: list[asyncio.Task[None]], sink: Sink, ledger: Ledger) -> None:
    """Stop the load and wait until everything has arrived."""
    await stop_all(senders)
    sink.flapping = False
    deadline = time.monotonic() + DELIVERY_SECONDS
    while ledger.missing and time.monotonic() < deadline:  # noqa: ASYNC110 -- nothing signals it, and it takes seconds
        await asyncio.sleep(0.1)


async def stop_all(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel and wait."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main() -> int:
    """Run from the command line: exit code 1 when something acknowledged is missing or corrupted."""
    cache = Path(os.environ.get("OTEL_OPERATOR_CACHE") or Path.home() / ".cache" / "otel-operator")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--seconds", type=float, nargs=2, default=(1.0, 5.0), metavar=("LEAST", "MOST"), help="time of one round")
    parser.add_argument("--directory", type=Path, default=cache / "soak" / "persistent-queue")
    options = parser.parse_args()
    progress = Progress.load(options.directory, options.seed)
    print(f"persistent queue: {options.kills} kills, seed {progress.seed}, state in {options.directory}", flush=True)
    try:
        ledger = asyncio.run(soak(options.directory, options.kills, options.seed, tuple(options.seconds)))
    except KeyboardInterrupt:
        print("interrupted; run it again to go on")
        return 130
    failed = bool(ledger.missing or ledger.corrupted or not ledger.acknowledged)
    print(
        f"{'FAILED' if failed else 'passed'}: {len(ledger.acknowledged)} acknowledged, {len(ledger.missing)} lost "
        f"{sorted(ledger.missing)[:10]}, {ledger.corrupted} corrupted"
    )
    if not failed:
        shutil.rmtree(options.directory)
    return failed


if __name__ == "__main__":
    sys.exit(main())
