"""host_metrics, resource_detection, resource and attributes in a running collector, by the names that Go configurations use."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal

SECONDS = 60


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A collector that scrapes this host every 100 ms into a file."""
    output = tmp_path / "metrics.bin"
    config: dict[str, Any] = {
        "receivers": {
            "hostmetrics": {
                "initial_delay": "0s",
                "collection_interval": "100ms",
                "scrapers": {"load": None, "cpu": {"metrics": {"system.cpu.utilization": {"enabled": True}}}},
            }
        },
        "processors": {
            "resourcedetection": {"detectors": ["env", "system"], "system": {"hostname_sources": ["os"]}},
            "resource": {"attributes": [{"action": "insert", "key": "cluster", "value": "eu-1"}]},
            "attributes": {
                "include": {"match_type": "strict", "metric_names": ["system.cpu.time"]},
                "actions": [{"action": "upsert", "key": "seen", "value": True}],
            },
        },
        "exporters": {"file": {"path": str(output), "format": "proto", "flush_interval": "0s"}},
        "service": {
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {
                "metrics": {
                    "receivers": ["hostmetrics"],
                    "processors": ["resourcedetection", "resource", "attributes"],
                    "exporters": ["file"],
                }
            },
        },
    }
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(config))
    environment = {**os.environ, "OTEL_RESOURCE_ATTRIBUTES": "team=shop"}
    command = [sys.executable, "-m", "otel_agent", "--config", str(file)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process, output
    if process.poll() is None:
        process.kill()
    process.communicate()


def requests_in(output: Path) -> list[Any]:
    """The requests that are whole; four bytes of length before each."""
    data = output.read_bytes() if output.exists() else b""
    requests, at = [], 0
    while len(data) - at >= 4 and len(data) >= (end := at + 4 + int.from_bytes(data[at : at + 4])):
        requests.append(REQUESTS[Signal.METRICS].FromString(data[at + 4 : end]))
        at = end
    return requests


def test_this_host_is_scraped_and_what_comes_out_is_edited(collector: tuple[subprocess.Popen[str], Path]) -> None:
    process, output = collector
    deadline = time.monotonic() + SECONDS
    while len(requests_in(output)) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert "resource_detection" in log, "the older name is told to be deprecated"
    first, second, *_ = requests_in(output)
    for resource in second.resource_metrics:
        found = {entry.key: entry.value.string_value for entry in resource.resource.attributes}
        assert found.keys() == {"team", "host.name", "os.type", "cluster"}
        assert (found["team"], found["cluster"], found["os.type"]) == ("shop", "eu-1", "linux")
    metrics = {metric.name: metric for resource in second.resource_metrics for metric in resource.scope_metrics[0].metrics}
    assert {"seen"} <= {entry.key for entry in metrics["system.cpu.time"].sum.data_points[0].attributes}
    assert metrics["system.cpu.load_average.1m"].gauge.data_points[0].attributes == []
    names = {metric.name for resource in first.resource_metrics for metric in resource.scope_metrics[0].metrics}
    assert "system.cpu.utilization" not in names
    assert "system.cpu.utilization" in metrics
