from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from otel_agent.pdata import kernel
from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.filter.config import FilterConfig
from otel_agent.processors.filter.plan import plan
from tests.benchmarks.collector import configs, payloads
from tests.benchmarks.collector.configs import Ports
from tests.benchmarks.collector.processing import ALL, PROCESSING, share
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
    text = configs.passthrough(Load("grpc", processing="tail_sampling"), PORTS)
    processors = yaml.safe_load(text)["service"]["pipelines"]["traces"]["processors"]
    assert processors == ["memory_limiter", "tail_sampling", "batch"]
    (tmp_path / "collector.yaml").write_text(text)
    command = Path(sys.executable).with_name("otelcol")
    subprocess.run([command, "validate", "--config", tmp_path / "collector.yaml"], check=True)


def test_without_load_all_signals_are_batched_and_sent_by_grpc() -> None:
    document = yaml.safe_load(configs.idle(PORTS))
    assert list(document["service"]["pipelines"]) == ["traces", "metrics", "logs"]
    assert list(document["processors"]) == ["batch"]


@pytest.mark.parametrize("processing", [name for name in PROCESSING if name])
def test_our_collector_takes_what_is_done_with_the_items(processing: str, tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    text = configs.passthrough(Load("grpc", processing=processing), PORTS)
    file.write_text(text)
    assert len(yaml.safe_load(text)["service"]["pipelines"]["traces"]["processors"]) == 3
    subprocess.run([Path(sys.executable).with_name("otelcol"), "validate", "--config", file], check=True)


def test_the_share_that_a_filter_leaves_is_what_it_leaves() -> None:
    load = Load("grpc", processing="filter")
    config = FilterConfig.model_validate(PROCESSING["filter"].processors["filter"])
    (level,) = [level for level in plan(config, "traces") if level.context == "span" and "IsMatch" in level.conditions[0].text]
    program = kernel.compile_filter(Signal.TRACES, "span", ("like", ("span", "attributes", "enduser.id"), "[0-7]$"))
    assert level.mode == "ignore"
    assert program.keep(payloads.request("traces", load.items, load.attributes))[1] == share(load).most(load.items)
    assert share(Load("grpc")) == ALL
