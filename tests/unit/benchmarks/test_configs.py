from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.benchmarks.collector import configs
from tests.benchmarks.collector.configs import Ports
from tests.benchmarks.collector.scenarios import PROTOCOLS, Load, Protocol

PORTS = Ports(grpc=1, http=2, telemetry=3, sink=4, control=5)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_our_collector_takes_the_configuration(protocol: Protocol, tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    file.write_text(configs.passthrough(Load(protocol, gzip=True), PORTS))
    command = Path(sys.executable).with_name("otelcol")
    subprocess.run([command, "validate", "--config", file], check=True)


@pytest.mark.parametrize(("packed", "compression"), [(True, "gzip"), (False, "none")])
def test_data_leaves_by_the_protocol_and_compression_it_came_by(packed: bool, compression: str) -> None:
    over_http = yaml.safe_load(configs.passthrough(Load("http", "logs", gzip=packed), PORTS))
    assert over_http["exporters"] == {"otlp_http": {"endpoint": "http://127.0.0.1:4", "compression": compression}}
    over_grpc = yaml.safe_load(configs.passthrough(Load("grpc", "logs", gzip=packed), PORTS))
    assert over_grpc["exporters"]["otlp_grpc"]["compression"] == compression
    assert list(over_grpc["service"]["pipelines"]) == ["logs"]
    assert over_grpc["service"]["pipelines"]["logs"]["processors"] == ["memory_limiter", "batch"]


def test_tail_sampling_stands_before_the_batch_and_is_taken_by_our_collector(tmp_path: Path) -> None:
    text = configs.passthrough(Load("grpc", tail_sampling=True), PORTS)
    processors = yaml.safe_load(text)["service"]["pipelines"]["traces"]["processors"]
    assert processors == ["memory_limiter", "tail_sampling", "batch"]
    (tmp_path / "collector.yaml").write_text(text)
    command = Path(sys.executable).with_name("otelcol")
    subprocess.run([command, "validate", "--config", tmp_path / "collector.yaml"], check=True)


def test_without_load_all_signals_are_batched_and_sent_by_grpc() -> None:
    document = yaml.safe_load(configs.idle(PORTS))
    assert list(document["service"]["pipelines"]) == ["traces", "metrics", "logs"]
    assert list(document["processors"]) == ["batch"]
