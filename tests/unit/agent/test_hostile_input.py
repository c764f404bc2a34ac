"""Hostile input to a running collector: each has a limit, a counter and a log line, and everything else goes on.

`docs/limits.md` lists these tests.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import yaml

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from e2e.cluster.waiting import wait_until
from tests.soak.collector import Collector, start
from tests.soak.tail_sampling.replicas import total

SECONDS = 60.0
REGEX_BOMB = "((a{1,100}){1,100}){1,100}"
"""Refused: a million states."""
EXPONENTIAL = "^(a+)+$"
"""Where regular expressions backtrack, each letter of an input that almost matches doubles the time."""
ALMOST = "a" * 50_000 + "!"


class Running:
    """A collector that writes what it gets by OTLP to `rest`, beside whatever a test adds; `rest` has to go on."""

    def __init__(self, group: ProcessGroup, folder: Path, **sections: Any) -> None:
        self.folder = folder
        self.rest = folder / "rest"
        self.found = folder / "found"
        port, metrics = free_ports(2)
        self._url, self._metrics = f"http://127.0.0.1:{port}/v1/logs", f"http://127.0.0.1:{metrics}/metrics"
        reader = {"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": metrics}}}}
        self.configuration: dict[str, Any] = {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}, **sections.get("receivers", {})},
            "processors": sections.get("processors", {}),
            "exporters": {
                name: {"path": str(folder / name.partition("/")[2]), "flush_interval": "50ms"}
                for name in ("file/rest", "file/found")
            },
            "service": {
                "pipelines": {"logs/rest": {"receivers": ["otlp"], "exporters": ["file/rest"]}, **sections.get("pipelines", {})},
                "telemetry": {"metrics": {"readers": [reader]}},
            },
        }
        self.path = folder / "collector.yaml"
        self.collector: Collector = start(group, folder, self.configuration, [port, metrics], "--config-watch-interval=100ms")
        self._sent = 0

    def until(self, what: str, probe: Callable[[], object]) -> None:
        wait_until(what, probe, seconds=SECONDS, alive=self.collector.check_alive)

    def text_found(self) -> str:
        """What arrived so far: the collector may be in the middle of a write, even of a character."""
        return self.found.read_bytes().decode(errors="ignore") if self.found.exists() else ""

    def counts(self, name: str) -> float:
        with urlopen(self._metrics, timeout=SECONDS) as answer:
            return total(answer.read().decode(), name)

    def shows(self, line: str, counter: str, least: float = 1) -> None:
        """The limit has bitten: it was counted and logged."""
        self.until(f"{counter} of {least}", lambda: self.counts(counter) >= least)
        self.until(f"the line {line!r}", lambda: line in self.collector.log())

    def goes_on(self) -> None:
        """What has nothing to do with the hostile input is served as before."""
        self._sent += 1
        body = {"stringValue": f"record {self._sent}"}
        data = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": body}]}]}]}).encode()
        with urlopen(Request(self._url, data, {"Content-Type": "application/json"}), timeout=SECONDS) as answer:
            assert answer.status == 200
        self.until(body["stringValue"], lambda: self.rest.exists() and body["stringValue"] in self.rest.read_text())

    def post(self, text: str) -> None:
        data = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": text}}]}]}]}).encode()
        urlopen(Request(self._url, data, {"Content-Type": "application/json"}), timeout=SECONDS).close()


Run = Callable[..., Running]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with ProcessGroup(tmp_path) as group:
        yield lambda **sections: Running(group, tmp_path, **sections)


HOSTILE_STATEMENTS = {
    "a megabyte": 'set(log.attributes["a"], "' + "b" * 1_000_000 + '")',
    "nestings": 'set(log.attributes["a"], ' + "(" * 10_000 + "1" + ")" * 10_000 + ")",
    "a regex of a million states": f'set(log.attributes["a"], 1) where IsMatch(log.body, "{REGEX_BOMB}")',
}


@pytest.mark.parametrize("statement", HOSTILE_STATEMENTS.values(), ids=HOSTILE_STATEMENTS.keys())
def test_a_hostile_statement_is_refused_and_the_configuration_before_it_keeps_running(run: Run, statement: str) -> None:
    running = run()
    running.goes_on()
    hostile = {**running.configuration, "processors": {"transform": {"log_statements": [statement]}}}
    hostile["service"] = {
        **hostile["service"],
        "pipelines": {"logs/rest": {"receivers": ["otlp"], "processors": ["transform"], "exporters": ["file/rest"]}},
    }
    before = running.collector.cpu_seconds()
    running.path.write_text(yaml.safe_dump(hostile))
    running.shows("New configuration refused, the old one keeps running", "otelcol_config_reloads", 1)
    assert running.collector.cpu_seconds() - before < 5
    assert len(running.collector.log()) < 100_000, "the statement is not repeated whole"
    running.goes_on()


@pytest.mark.parametrize("where", ["transform", "filter", "file_log"])
def test_a_regex_that_is_exponential_elsewhere_is_linear(run: Run, where: str, tmp_path: Path) -> None:
    processors = {
        "transform": {"log_statements": [f'set(log.attributes["a"], 1) where IsMatch(log.body, "{EXPONENTIAL}")']},
        "filter": {"log_conditions": [f'IsMatch(log.body, "{EXPONENTIAL}")']},
    }
    files = {"include": [f"{tmp_path}/logs/*.log"], "start_at": "beginning"}
    parser = {"type": "regex_parser", "regex": "^(?P<x>(a+)+)$", "on_error": "send_quiet"}
    source, chosen = ("file_log", []) if where == "file_log" else ("otlp", [where])
    running = run(
        receivers={"file_log": {**files, "operators": [parser]}} if where == "file_log" else {},
        processors={where: processors[where]} if chosen else {},
        pipelines={"logs/found": {"receivers": [source], "processors": chosen, "exporters": ["file/found"]}},
    )
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(ALMOST + "\n")
    if where != "file_log":
        running.post(ALMOST)
    running.until("the text that almost matches", lambda: ALMOST in running.text_found())
    running.goes_on()


class _Target(BaseHTTPRequestHandler):
    """`/endless` never ends, `/metrics` does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        try:
            self.wfile.write(b"heat 1\n")
            while self.path == "/endless":
                self.wfile.write(b'heat{a="b"} 1\n' * 1000)
        except OSError:
            pass  # cut off, as is right

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def target() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Target)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("limits", "counter", "line"),
    [
        ({"body_size_limit": "10MB"}, "otelcol_prometheus_target_scrapes_exceeded_body_size_limit", "body size limit exceeded"),
        ({}, "otelcol_prometheus_target_scrapes_failed", "Failed to scrape Prometheus endpoint"),
    ],
)
def test_a_target_that_never_ends_is_cut_off_and_others_are_scraped(
    run: Run, target: str, limits: dict[str, str], counter: str, line: str
) -> None:
    job = {"scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": [{"targets": [target]}]}
    jobs = [{**job, "job_name": "endless", "metrics_path": "/endless", **limits}, {**job, "job_name": "good"}]
    running = run(
        receivers={"prometheus": {"config": {"scrape_configs": jobs}}},
        pipelines={"metrics": {"receivers": ["prometheus"], "exporters": ["file/found"]}},
    )
    running.shows(line, counter, 2)
    running.until("the other target's metrics", lambda: '"heat"' in running.text_found())
    assert running.collector.rss_mib() < 600
    running.goes_on()


def follow(run: Run, folder: Path) -> Running:
    """A collector that reads the folder's files."""
    files = {"include": [f"{folder}/logs/*.log"], "start_at": "beginning", "poll_interval": "50ms"}
    (folder / "logs").mkdir()
    return run(receivers={"file_log": files}, pipelines={"logs/found": {"receivers": ["file_log"], "exporters": ["file/found"]}})


def reads_on(running: Running, name: str) -> None:
    """Another file, or the same one, is read as if nothing had been."""
    with (running.folder / "logs" / name).open("a") as file:
        file.write(f"good line of {name} {time.monotonic_ns()}\n")
    running.until(f"{name} to be read", lambda: f"good line of {name}" in running.text_found())


def test_a_log_line_of_100_mb_is_cut_and_the_rest_is_read(run: Run, tmp_path: Path) -> None:
    running = follow(run, tmp_path)
    with (tmp_path / "logs" / "a.log").open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n")
    running.shows("Records longer than max_log_size were cut", "otelcol_fileconsumer_oversized_records", 90)
    reads_on(running, "a.log")
    reads_on(running, "b.log")
    assert running.collector.rss_mib() < 250
    assert running.collector.log().count("were cut") == 1
    running.goes_on()


def test_a_binary_file_is_told_and_does_not_disturb_others(run: Run, tmp_path: Path) -> None:
    running = follow(run, tmp_path)
    (tmp_path / "logs" / "core.log").write_bytes(bytes(range(256)) * 40_000)
    running.shows("File seems not to be text", "otelcol_fileconsumer_binary_files")
    reads_on(running, "b.log")
    running.goes_on()


def test_a_folder_that_vanishes_is_told_and_read_when_it_is_back(run: Run, tmp_path: Path) -> None:
    running = follow(run, tmp_path)
    reads_on(running, "a.log")
    away = tmp_path / "logs"
    away.rename(tmp_path / "away")
    running.shows("there is no such folder (any more)", "otelcol_fileconsumer_read_errors")
    running.goes_on()
    away.mkdir()
    reads_on(running, "new.log")
