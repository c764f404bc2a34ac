"""service::telemetry changes while the collector runs."""

import asyncio
import logging
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from otel_agent.config.telemetry import TelemetryConfig
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.own_telemetry import OwnTelemetry, needs_restart
from otel_agent.pipeline.service import run
from otel_agent.telemetry.metrics import Level

LOG = logging.getLogger("otelcol.test")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def page(port: int, **keys: Any) -> dict[str, Any]:
    return {"readers": [{"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": port, **keys}}}}]}


async def scrape(port: int) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return await answer.text()


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., TelemetryConfig]:
    """`settings(logs={...}, metrics={...})`; logs go to a file, metrics nowhere, unless told otherwise."""

    def make(logs: dict[str, Any] | None = None, metrics: dict[str, Any] | None = None, **keys: Any) -> TelemetryConfig:
        return TelemetryConfig.model_validate(
            {
                "logs": {"output_paths": [str(tmp_path / "log")], "sampling": {"enabled": False}, **(logs or {})},
                "metrics": metrics or {"level": "none"},
                **keys,
            }
        )

    return make


@pytest.fixture
async def start() -> AsyncIterator[Callable[[TelemetryConfig], Any]]:
    made: list[OwnTelemetry] = []

    async def begin(config: TelemetryConfig) -> OwnTelemetry:
        made.append(OwnTelemetry(config))
        await made[-1].start()
        return made[-1]

    yield begin
    for own in made:
        await own.stop()


async def test_the_level_of_logs_changes(start: Any, settings: Any, tmp_path: Path) -> None:
    own = await start(settings())
    LOG.debug("not yet")
    await own.change(settings(logs={"level": "debug"}))
    LOG.debug("now")
    await own.change(settings(logs={"level": "error"}))
    LOG.warning("no longer")
    assert re.findall("not yet|now|no longer", (tmp_path / "log").read_text()) == ["now"]


async def test_logs_move_to_another_file_in_another_form(start: Any, settings: Any, tmp_path: Path) -> None:
    own = await start(settings())
    await own.change(settings(logs={"output_paths": [str(tmp_path / "other")], "encoding": "json"}, resource={"zone": "z"}))
    LOG.info("hello")
    assert "hello" not in (tmp_path / "log").read_text()
    line = (tmp_path / "other").read_text()
    assert line.startswith("{")
    assert '"zone":"z"' in line.replace(" ", "")


async def test_pages_move_and_are_named_anew_and_the_instance_stays_the_same(start: Any, settings: Any) -> None:
    first, second = free_port(), free_port()
    own = await start(settings(metrics=page(first)))
    own.metrics.counter("things", "Things.", {}).add(3)
    before = await scrape(first)
    assert "otelcol_things 3" in before
    await own.change(settings(metrics=page(second, without_type_suffix=False), resource={"zone": "z"}))
    after = await scrape(second)
    assert "otelcol_things_total 3" in after
    assert 'zone="z"' in after
    instance = re.compile('service_instance_id="([^"]+)"')
    assert instance.findall(before) == instance.findall(after)
    with pytest.raises(aiohttp.ClientError):
        await scrape(first)


async def test_the_level_of_metrics_changes_what_a_page_shows(start: Any, settings: Any) -> None:
    port = free_port()
    own = await start(settings(metrics={**page(port), "level": "basic"}))
    own.metrics.counter("fine", "Fine.", {}, level=Level.NORMAL).add()
    assert "otelcol_fine" not in await scrape(port)
    await own.change(settings(metrics={**page(port), "level": "normal"}))
    assert "otelcol_fine 1" in await scrape(port)


@pytest.mark.parametrize("fault", ["log", "port", "push"])
async def test_what_cannot_be_done_leaves_everything_as_it_was(start: Any, settings: Any, tmp_path: Path, fault: str) -> None:
    port = free_port()
    own = await start(settings(metrics=page(port)))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        otlp = {"protocol": "grpc", "endpoint": "https://x:4317", "certificate": "/no/such"}
        bad = {
            "log": settings(logs={"output_paths": ["/nowhere/log"]}, metrics=page(port)),
            "port": settings(logs={"level": "error"}, metrics=page(taken.getsockname()[1])),
            "push": settings(metrics={"readers": [{"periodic": {"exporter": {"otlp": otlp}}}]}),
        }[fault]
        with pytest.raises((OSError, StartError)):
            await own.change(bad)
    LOG.info("still here")
    assert "still here" in (tmp_path / "log").read_text()
    assert "target_info" in await scrape(port)


async def test_what_takes_a_restart_is_named_with_its_path(start: Any, settings: Any, tmp_path: Path) -> None:
    own = await start(settings())
    await own.change(settings(metrics={**page(free_port()), "level": "detailed"}))
    assert "service::telemetry::metrics::level" in (tmp_path / "log").read_text()
    spans = settings(traces={"processors": [{"simple": {"exporter": {"console": {}}}}]})
    assert list(needs_restart(settings(), spans, traced=False)) == ["service::telemetry::traces::processors"]
    assert list(needs_restart(spans, spans, traced=True)) == []
    assert list(needs_restart(settings(metrics={**page(1), "level": "detailed"}), settings(), traced=False)) == []


async def test_a_reload_takes_telemetry_over_and_gives_it_back_when_it_is_refused(
    engine: Any, settings: Any, tmp_path: Path
) -> None:
    def telemetry(level: str) -> Any:
        return settings(logs={"level": level}).model_dump(exclude_unset=True)

    configs = [
        engine.config({"traces": "r > > e"}, telemetry=telemetry("info")),
        engine.config({"traces": "r > > e"}, telemetry=telemetry("debug")),
        engine.config({"traces": "r > p > e"}, processors={"p": {"fail": "start"}}, telemetry=telemetry("error")),
    ]
    stop, log = asyncio.Event(), tmp_path / "log"
    task = asyncio.create_task(run(lambda: configs.pop(0), registry=engine.registry, stop=stop))
    await engine.journal.until("start r")
    for said in ("Config updated", "New configuration refused"):
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(5):
            while said not in log.read_text():  # noqa: ASYNC110 -- a file has no event
                await asyncio.sleep(0.005)
    LOG.debug("level of the second")
    stop.set()
    assert await asyncio.wait_for(task, 5) == 0
    assert "level of the second" in log.read_text()
