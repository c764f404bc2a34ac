"""The receiver inside a collector that runs as a process, configured as the guide has it."""

import itertools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge, start_http_server

CONFIG = """
receivers:
  prometheus:
    config:
      scrape_configs:
        - job_name: my-app
          scrape_interval: 1s
          static_configs:
            - targets: ["{target}"]
          metric_relabel_configs:
            - source_labels: [room]
              regex: (.*)
              replacement: room-$$1
              target_label: room
exporters:
  file:
    path: {output}
    flush_interval: 100ms
service:
  telemetry:
    logs:
      output_paths: ["{log}"]
    metrics:
      level: none
  pipelines:
    metrics:
      receivers: [prometheus]
      exporters: [file]
"""


@pytest.fixture
def target() -> Iterator[str]:
    registry = CollectorRegistry()
    Gauge("heat", "How warm", ["room"], registry=registry).labels("a").set(21.5)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_collector_scrapes_each_target_once_whatever_its_workers(target: str, tmp_path: Path, workers: int) -> None:
    output, log, config = tmp_path / "out", tmp_path / "log", tmp_path / "config.yaml"
    config.write_text(CONFIG.format(target=target, output=output, log=log))
    command = [sys.executable, "-m", "otel_agent", "--config", str(config), "--workers", str(workers)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while len(lines := read(output)) < 3:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, log.exists() and log.read_text()
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
    scrapes = [json.loads(line)["resourceMetrics"] for line in lines]
    times = []
    for (resource,) in scrapes:
        metrics = {metric["name"]: metric["gauge"]["dataPoints"][0] for metric in resource["scopeMetrics"][0]["metrics"]}
        assert metrics["heat"]["asDouble"] == 21.5
        assert metrics["heat"]["attributes"] == [{"key": "room", "value": {"stringValue": "room-a"}}]
        times.append(int(metrics["up"]["timeUnixNano"]))
    # a second scraper of the same target would come at the same moment of each interval
    assert all(later - earlier > 500_000_000 for earlier, later in itertools.pairwise(times)), times


def read(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines(keepends=False) if line.endswith("}")] if file.exists() else []
