import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import orjson
import pytest

from otel_agent.config.component import ComponentId
from otel_agent.config.problem import config_error
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline import service
from otel_agent.pipeline.service import run


@pytest.fixture
def quiet(tmp_path: Path) -> dict[str, Any]:
    return {"logs": {"output_paths": [str(tmp_path / "log")]}, "metrics": {"level": "none"}}


async def test_everything_accepted_is_written_before_the_end(
    engine: Any, telemetry_of: Any, tmp_path: Path, quiet: dict[str, Any]
) -> None:
    output = tmp_path / "out.json"
    config = engine.config(
        {"logs": "r > memory_limiter batch > file"},
        processors={"memory_limiter": {"limit_mib": 4000}, "batch": {"timeout": "1h"}},
        exporters={"file": {"path": str(output)}},
        extensions={"health_check": {"endpoint": "127.0.0.1:0"}},
        telemetry=quiet,
    )
    task = asyncio.create_task(run(lambda: config, registry=engine.registry))
    await engine.journal.until("start r")
    for first in (0, 3):
        await engine.made["r"].context.consumers[Signal.LOGS].consume(telemetry_of(Signal.LOGS, items=3, first=first))
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(task, 5) == 0
    (line,) = output.read_bytes().splitlines()
    bodies = [
        record["body"]["stringValue"]
        for resource in orjson.loads(line)["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]
    assert bodies == [f"item-{number}" for number in range(6)]
    assert "Everything is ready" in (tmp_path / "log").read_text()


async def test_a_fatal_report_ends_with_code_one(engine: Any, quiet: dict[str, Any], tmp_path: Path) -> None:
    config = engine.config({"traces": "r > > e"}, telemetry=quiet)
    task = asyncio.create_task(run(lambda: config, config=config, registry=engine.registry))
    await engine.journal.until("start r")
    engine.made["r"].host.report_fatal(ComponentId("r"), OSError("socket gone"))
    assert await asyncio.wait_for(task, 5) == 1
    assert engine.journal[-1] == "stop e@traces"
    assert 'receiver \\"r\\" failed: socket gone' in (tmp_path / "log").read_text()


async def test_a_failed_start_ends_with_code_one(engine: Any, quiet: dict[str, Any], tmp_path: Path) -> None:
    config = engine.config({"traces": "r > > e"}, receivers={"r": {"fail": "start"}}, telemetry=quiet)
    assert await asyncio.wait_for(run(lambda: config, registry=engine.registry), 5) == 1
    assert 'failed to start \\"r\\" receiver: port taken' in (tmp_path / "log").read_text()


async def test_a_log_file_that_cannot_be_opened_is_named(engine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    config = engine.config({"traces": "r > > e"}, telemetry={"logs": {"output_paths": ["/nowhere/log"]}})
    assert await run(lambda: config, registry=engine.registry) == 1
    assert "service::telemetry::logs::output_paths" in capsys.readouterr().err


async def test_sighup_swaps_in_a_new_configuration(engine: Any, quiet: dict[str, Any]) -> None:
    configs = [engine.config({"traces": text}, telemetry=quiet) for text in ("r > > e", "r > p > e")]
    stop = asyncio.Event()
    task = asyncio.create_task(run(lambda: configs.pop(0), registry=engine.registry, stop=stop))
    await engine.journal.until("start r")
    os.kill(os.getpid(), signal.SIGHUP)
    await engine.journal.until("start p@traces")
    assert engine.journal == ["start e@traces", "start r", "start p@traces"]
    stop.set()
    assert await asyncio.wait_for(task, 5) == 0


async def test_the_end_waits_for_a_reload_that_is_under_way_and_no_longer(
    engine: Any, quiet: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_RELOAD_GRACE_SECONDS", 3600.0)
    configs = [engine.config({"traces": text}, telemetry=quiet) for text in ("r > > e", "r > p > e")]
    reading, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def load() -> Any:
        if len(configs) == 1:
            loop.call_soon_threadsafe(reading.set)
            go_on.wait(30)
        return configs.pop(0)

    stop = asyncio.Event()
    task = asyncio.create_task(run(load, registry=engine.registry, stop=stop))
    await engine.journal.until("start r")
    os.kill(os.getpid(), signal.SIGHUP)
    await reading.wait()
    stop.set()
    async with asyncio.timeout(10):
        while "Starting shutdown" not in (tmp_path / "log").read_text():  # noqa: ASYNC110 -- a file has no event
            await asyncio.sleep(0.005)
    go_on.set()
    assert await asyncio.wait_for(task, 20) == 0
    assert "start p@traces" in engine.journal
    assert engine.journal[-1] == "stop e@traces"


@pytest.mark.parametrize("fail", ["create", "start", "mistake", "bug"])
async def test_a_bad_new_configuration_leaves_the_old_one_running(
    fail: str, engine: Any, quiet: dict[str, Any], tmp_path: Path
) -> None:
    good = engine.config({"traces": "r > > e"}, telemetry=quiet)
    bad = engine.config({"traces": "r > > e"}, receivers={"r": {"fail": fail}}, telemetry=quiet)
    loads = iter((good, bad))

    def load() -> Any:
        config = next(loads)
        if config is bad and fail == "mistake":
            raise config_error("unknown key")
        if config is bad and fail == "bug":
            raise RuntimeError("nobody thought of this")
        return config

    stop = asyncio.Event()
    task = asyncio.create_task(run(load, registry=engine.registry, stop=stop))
    await engine.journal.until("start r")
    os.kill(os.getpid(), signal.SIGHUP)
    async with asyncio.timeout(5):
        while "keeps running" not in (tmp_path / "log").read_text():  # noqa: ASYNC110 -- a file has no event
            await asyncio.sleep(0.005)
    assert engine.journal[-1] == "start r"
    assert not task.done()
    stop.set()
    assert await asyncio.wait_for(task, 5) == 0
