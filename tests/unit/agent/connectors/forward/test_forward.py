"""The forward connector, alone and in a running collector."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from otel_agent.cli.components import listing
from otel_agent.config.component import ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.problem import ConfigError
from otel_agent.config.registry import installed_registry
from otel_agent.connectors.forward.config import ForwardConfig
from otel_agent.connectors.forward.factory import create
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.collector import Collector
from otel_agent.pipeline.errors import RetryableError


@pytest.fixture
async def collector(self_metrics: Any) -> AsyncIterator[Collector]:
    made = Collector(installed_registry(), self_metrics, 10.0)
    yield made
    await made.stop()


def configuration(folder: Path, *, second: bool = True) -> dict[str, Any]:
    pipelines: dict[str, Any] = {
        "logs/in": {"receivers": ["otlp"], "exporters": ["forward"]},
        "logs/first": {"receivers": ["forward"], "processors": ["batch"], "exporters": ["file/first"]},
    }
    if second:
        pipelines["logs/second"] = {"receivers": ["forward"], "exporters": ["file/second"]}
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": "127.0.0.1:0"}}}},
        "connectors": {"forward": None},
        "processors": {"batch": {"timeout": "10ms"}},
        "exporters": {f"file/{name}": {"path": str(folder / name)} for name in ("first", "second")},
        "service": {"pipelines": pipelines},
    }


async def send(collector: Collector, data: bytes) -> None:
    port = collector.graph.receivers[0].component.servers["http"].port  # type: ignore[attr-defined]
    headers = {"Content-Type": "application/x-protobuf"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/v1/logs", data=data, headers=headers) as answer,
    ):
        assert answer.status == 200


def bodies(path: Path) -> list[str]:
    """What a file exporter has written."""
    return re.findall(r'"stringValue":"(item-\d+)"', path.read_text())


async def test_what_comes_in_goes_on_unchanged(make_context: Any, sink: Any, host: Any, telemetry_of: Any) -> None:
    connector = create(ForwardConfig(), make_context(ComponentKind.CONNECTOR, "forward", Signal.TRACES, sink))
    await connector.start(host)
    telemetry = telemetry_of(items=2)
    await connector.consume(telemetry)
    await connector.shutdown()
    assert sink.received[0] is telemetry


async def test_the_answer_is_that_of_the_pipelines_behind_it(make_context: Any, sink: Any, telemetry_of: Any) -> None:
    connector = create(ForwardConfig(), make_context(ComponentKind.CONNECTOR, "forward", Signal.TRACES, sink))
    sink.error = RetryableError("queue is full")
    with pytest.raises(RetryableError, match="queue is full"):
        await connector.consume(telemetry_of())


async def test_a_running_collector_feeds_every_pipeline_behind_it(
    collector: Collector, telemetry_of: Any, tmp_path: Path
) -> None:
    await collector.start(decode(configuration(tmp_path), installed_registry()))
    await send(collector, telemetry_of(Signal.LOGS, items=3).data)
    await collector.stop()
    assert bodies(tmp_path / "first") == bodies(tmp_path / "second") == ["item-0", "item-1", "item-2"]


async def test_a_reload_changes_what_comes_behind_it(collector: Collector, telemetry_of: Any, tmp_path: Path) -> None:
    await collector.start(decode(configuration(tmp_path, second=False), installed_registry()))
    await send(collector, telemetry_of(Signal.LOGS).data)
    await collector.swap(decode(configuration(tmp_path), installed_registry()))
    await send(collector, telemetry_of(Signal.LOGS, first=1).data)
    await collector.stop()
    assert bodies(tmp_path / "first") == ["item-0", "item-1"]
    assert bodies(tmp_path / "second") == ["item-1"]


def test_one_that_no_pipeline_uses_is_checked_and_not_built(tmp_path: Path) -> None:
    raw = configuration(tmp_path)
    raw["connectors"]["forward/unused"] = None
    decode(raw, installed_registry())
    raw["connectors"]["forward/unused"] = {"to": "somewhere"}
    with pytest.raises(ConfigError, match="connectors::forward/unused::to: unknown key"):
        decode(raw, installed_registry())


@pytest.mark.parametrize(
    ("pipelines", "message"),
    [
        (
            {"logs": ("otlp", "forward")},
            r'connector "forward" used as exporter in \[logs\] pipeline but not used in any supported receiver pipeline',
        ),
        (
            {"logs": ("otlp", "file/first"), "logs/2": ("forward", "file/first")},
            r'connector "forward" used as receiver in \[logs/2\] pipeline but not used in any supported exporter pipeline',
        ),
        (
            {"logs": ("otlp", "forward"), "traces": ("forward", "file/first")},
            r'connector "forward" used as exporter in \[logs\] pipeline but not used in any supported receiver pipeline',
        ),
        (
            {"logs": ("otlp", "forward"), "logs/2": ("forward", "forward")},
            r'cycle detected: connector "forward" .logs to logs. -> pipeline "logs/2" -> connector "forward" .logs to logs.',
        ),
    ],
)
def test_wrong_places_are_named(tmp_path: Path, pipelines: dict[str, tuple[str, str]], message: str) -> None:
    raw = configuration(tmp_path)
    raw["service"]["pipelines"] = {name: {"receivers": [a], "exporters": [b]} for name, (a, b) in pipelines.items()}
    with pytest.raises(ConfigError, match=message):
        decode(raw, installed_registry())


def test_the_listing_shows_its_pairs() -> None:
    [entry] = [entry for entry in listing(installed_registry())["connectors"] if entry["name"] == "forward"]
    assert entry["stability"] == {"traces-to-traces": "Beta", "metrics-to-metrics": "Beta", "logs-to-logs": "Beta"}
