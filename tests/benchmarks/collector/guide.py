"""The guide's whole configuration under all that it takes in: OTLP of three signals, a target, the host, lines of files.

It is that of `e2e/configuration`, with two changes for both collectors: hosts and paths are this machine's, and logs go out by
OTLP/HTTP, because the Go collector has no loki exporter any more. Rates are what leaves both below the guide's memory limit.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from tests.benchmarks.collector import contender, payloads, sink
from tests.benchmarks.collector.configs import telemetry_on
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.files import JSON_LINE, lines
from tests.benchmarks.collector.generator import Generator, Sent
from tests.benchmarks.collector.page import pages
from tests.benchmarks.collector.processing import Share
from tests.benchmarks.collector.procfs import PeakMemory
from tests.benchmarks.collector.scenarios import Load, Source
from tests.benchmarks.collector.trial import Bench, Trial
from tests.standins.metric_pages import Pages

CONFIGURATION = Path(__file__).resolve().parents[3] / "e2e" / "configuration" / "collector.yaml"
LOADS = (Load("grpc", "traces", rate=10), Load("grpc", "metrics", rate=10), Load("grpc", "logs", rate=20))
_LINES_A_SECOND = 5000
_PARTS_A_SECOND = 10
_SCRAPED_EVERY = 5.0
_HELD_SECONDS = 22.0
"""What the guide holds back: 10 s for a decision, then 10 s for a batch."""
_SAMPLED = 0.1
_ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.3"


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    grpc: int
    http: int
    exporter: int
    telemetry: int
    traces: int
    traces_control: int
    logs: int
    logs_control: int


def configuration(page: int, folder: Path, ports: Ports) -> str:
    """Return the guide's configuration with this machine's addresses."""
    config: dict[str, Any] = yaml.safe_load(CONFIGURATION.read_text())
    receivers, exporters, pipelines = config["receivers"], config["exporters"], config["service"]["pipelines"]
    receivers["otlp"]["protocols"] = {
        "grpc": {"endpoint": f"127.0.0.1:{ports.grpc}"},
        "http": {"endpoint": f"127.0.0.1:{ports.http}"},
    }
    receivers["prometheus"]["config"]["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{page}"]}]
    receivers["filelog"]["include"] = [str(folder / "*.log")]
    exporters["otlp/tempo"]["endpoint"] = f"127.0.0.1:{ports.traces}"
    exporters["prometheus"]["endpoint"] = f"127.0.0.1:{ports.exporter}"
    del exporters["loki"]
    exporters["otlphttp/loki"] = {"endpoint": f"http://127.0.0.1:{ports.logs}"}
    pipelines["logs"]["exporters"] = ["otlphttp/loki"]
    config["service"]["telemetry"] = telemetry_on(ports.telemetry)
    return yaml.safe_dump(config, sort_keys=False)


def run(bench: Bench, who: Contender, source: Source) -> Trial:
    """Load all sides for a while, wait for what is held back, and compare what went in with what came out."""
    ports, seconds = Ports(*free_ports(8)), 5 * bench.seconds
    folder = bench.folder / f"guide.{who.name}.{ports.grpc}"
    folder.mkdir()
    log = folder / "app.log"
    log.touch()
    with ExitStack() as stack:
        page = stack.enter_context(Pages())
        page.contents |= pages(12, 1, range(1, 20))
        group = stack.enter_context(ProcessGroup(bench.folder / "logs"))
        core = bench.cores.load
        spans, records = (
            stack.enter_context(sink.started(bench.programs.sink, port, control, group, core))
            for port, control in ((ports.traces, ports.traces_control), (ports.logs, ports.logs_control))
        )
        config = configuration(page.port, folder, ports)
        running = stack.enter_context(contender.started(who, config, ports.grpc, group))
        generators = [
            stack.enter_context(
                Generator(
                    bench.programs.generator,
                    load,
                    payloads.write(load, folder),
                    ports.grpc,
                    warmup=bench.warmup,
                    seconds=seconds,
                    core=core,
                )
            )
            for load in LOADS
        ]
        warm = [generator.warm_up() for generator in generators]
        before = sum(running.tree.cpu().values())
        with PeakMemory(running.tree) as memory:
            with _read_by_prometheus(ports.exporter) as read, ThreadPoolExecutor() as pool:
                measured = [pool.submit(generator.measure) for generator in generators]
                written = _write(log, seconds)
                sent = [future.result() for future in measured]
                time.sleep(_HELD_SECONDS)
            used = sum(running.tree.cpu().values()) - before
        faults = list_faults(warm, sent, written, (spans.received(), records.received()), read[-1:])
    return Trial.of_source(items=sum(part.items for part in sent) + written, cpu_seconds=used, rss_mib=memory.mib, faults=faults)


def list_faults(
    warm: list[Sent], sent: list[Sent], written: int, arrived: tuple[sink.Received, sink.Received], pages: list[str]
) -> list[str]:
    """Say what is missing or too much: spans but for the share that is sampled, records, and series on the page."""
    faults = [f"{times} x {why}" for part in (*warm, *sent) for why, times in part.errors.items()]
    traces, metrics, logs = (warm[n].items + sent[n].items for n in range(3))
    if Share(Fraction(1), _SAMPLED).differs(arrived[0].items, traces):
        faults.append(f"{traces} spans accepted, {arrived[0].items} at the sink")
    if arrived[1].items != logs + written:
        faults.append(f"{logs} records accepted and {written} lines written, {arrived[1].items} at the sink")
    faults += [f"{part.bad} bad requests at the sink" for part in arrived if part.bad]
    shown = sum(page.count("\nhttp_server_request_count") for page in pages)
    if shown < LOADS[1].items:
        faults.append(f"{metrics} points of {LOADS[1].items} series accepted, {shown} series on the page")
    return faults


def _write(log: Path, seconds: float) -> int:
    """Append lines in small parts for so long; return how many."""
    written, part = 0, _LINES_A_SECOND // _PARTS_A_SECOND
    due = time.monotonic()
    with log.open("ab") as file:
        while written < seconds * _LINES_A_SECOND:
            file.write(lines(JSON_LINE, written, part))
            file.flush()
            written += part
            due += 1 / _PARTS_A_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
    return written


@contextmanager
def _read_by_prometheus(port: int) -> Iterator[list[str]]:
    """Read the page of the prometheus exporter now and then, as its server does; the pages, once it is over."""
    over, pages = threading.Event(), list[str]()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Accept": _ACCEPT})

    def read() -> None:
        while not over.wait(_SCRAPED_EVERY):
            with urllib.request.urlopen(request, timeout=30) as answer:
                pages.append(answer.read().decode())

    thread = threading.Thread(target=read, name="prometheus")
    thread.start()
    try:
        yield pages
    finally:
        over.set()
        thread.join()
