"""People's code in its process: what it changes, and that nothing it does reaches the collector."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, StartError
from otel_agent.processors.python import runner
from otel_agent.processors.python.config import PythonConfig
from otel_agent.processors.python.factory import create

Start = Callable[..., Awaitable[Any]]
UPPER = "def process(batch):\n    for span in batch.spans:\n        span.name = span.name.upper()"


@pytest.fixture
async def start(make_context: Any, sink: Any, host: Any) -> AsyncIterator[Start]:
    started: list[Any] = []

    async def make(signal: Signal = Signal.TRACES, **raw: Any) -> Any:
        processor = create(PythonConfig.model_validate(raw), make_context(ComponentKind.PROCESSOR, "python", signal, sink))
        await processor.start(host)
        started.append(processor)
        return processor

    yield make
    for processor in started:
        await processor.shutdown()
        await processor.shutdown()


def names(received: list[Telemetry]) -> list[str]:
    requests = [parse(Signal.TRACES, telemetry.data) for telemetry in received]
    return [span.name for request in requests for span in request.resource_spans[0].scope_spans[0].spans]


async def test_what_the_code_made_goes_on(start: Start, sink: Any, telemetry_of: Any) -> None:
    processor = await start(code=UPPER)
    await processor.consume(telemetry_of(items=2))
    assert names(sink.received) == ["ITEM-0", "ITEM-1"]
    assert sink.sizes == [2]


async def test_a_batch_that_the_code_drops_ends_there(start: Start, sink: Any, telemetry_of: Any) -> None:
    processor = await start(code="def process(batch):\n    batch.drop()")
    await processor.consume(telemetry_of())
    assert sink.received == []


async def test_pipelines_of_one_id_share_the_code_and_its_state(start: Start, sink: Any, telemetry_of: Any) -> None:
    code = "seen = []\ndef process(batch):\n    seen.append(batch.signal)\n    batch.resources[0]['seen'] = list(seen)"
    traces, logs = await start(code=code), await start(Signal.LOGS, code=code)
    await traces.consume(telemetry_of())
    await logs.consume(telemetry_of(Signal.LOGS))
    request = parse(Signal.LOGS, sink.received[1].data)
    values = request.resource_logs[0].resource.attributes[1].value.array_value.values
    assert [value.string_value for value in values] == ["traces", "logs"]


@pytest.mark.parametrize("mode", ["ignore", "drop", "propagate"])
async def test_error_mode_says_what_becomes_of_a_batch_on_which_the_code_fails(
    start: Start, sink: Any, host: Any, scrape: Any, telemetry_of: Any, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = "def process(batch):\n    batch.spans[0].name = 'changed'\n    if len(batch.spans) > 1: raise KeyError('oh')"
    processor = await start(code=code, error_mode=mode)
    if mode == "propagate":
        with pytest.raises(PermanentError, match="processor python: code, line 3: KeyError: 'oh'"):
            await processor.consume(telemetry_of(items=2))
    else:
        await processor.consume(telemetry_of(items=2))
    assert names(sink.received) == (["item-0", "item-1"] if mode == "ignore" else [])
    assert scrape()['otelcol_processor_python_errors{processor="python"}'] == 1
    assert host.statuses == [("StatusRecoverableError", "code, line 3: KeyError: 'oh'")]
    assert [record.error for record in caplog.records] == ["code, line 3: KeyError: 'oh'"]  # type: ignore[attr-defined]
    await processor.consume(telemetry_of())
    assert host.statuses[1:] == [("StatusOK", "")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import os; os._exit(7)", "ended with code 7"),
        ("import ctypes; ctypes.string_at(0)", "ended with code -11"),
        ("while True: pass", "took longer than 0.5 s, its process was killed"),
        ("bytearray(1 << 30)", "MemoryError"),
    ],
)
async def test_code_that_crashes_hangs_or_grows_costs_one_batch(
    start: Start, sink: Any, host: Any, scrape: Any, telemetry_of: Any, line: str, reason: str
) -> None:
    code = f"def process(batch):\n    if len(batch.spans) > 1:\n        {line}\n    batch.spans[0].name = 'fine'"
    processor = await start(code=code, timeout="500ms", memory_limit_mib=256)
    await processor.consume(telemetry_of(items=2))
    await processor.consume(telemetry_of())
    assert reason in host.statuses[0][1]
    assert names(sink.received) == ["item-0", "item-1", "fine"]
    restarted = 0 if reason == "MemoryError" else 1
    assert scrape()['otelcol_processor_python_restarts{processor="python"}'] == restarted


async def test_a_caller_that_gives_up_leaves_no_answer_behind_for_the_next(start: Start, sink: Any, telemetry_of: Any) -> None:
    code = "import time\ndef process(batch):\n    time.sleep(60 if len(batch.spans) > 1 else 0)"
    processor = await start(code=code, timeout="0s")
    waiting = asyncio.create_task(processor.consume(telemetry_of(items=2)))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await processor.consume(telemetry_of())
    assert sink.sizes == [1]


async def test_a_changed_file_is_loaded_and_a_broken_one_is_not(
    start: Start, sink: Any, telemetry_of: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.0)
    file = tmp_path / "script.py"
    file.write_text(UPPER)
    processor = await start(file=str(file))
    await processor.consume(telemetry_of())
    file.write_text(UPPER.replace("upper()", "title() + '!'"))
    await processor.consume(telemetry_of())
    file.write_text("def process(batch:")
    await processor.consume(telemetry_of())
    file.unlink()
    await processor.consume(telemetry_of())
    assert names(sink.received) == ["ITEM-0", "Item-0!", "Item-0!", "Item-0!"]
    (refused,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert f"{file}, line 1, column 12" in refused.error  # type: ignore[attr-defined]


async def test_what_the_code_prints_does_not_disturb_the_answers(start: Start, sink: Any, telemetry_of: Any) -> None:
    processor = await start(code="print('at load')\ndef process(batch):\n    print('x' * 100_000)")
    await processor.consume(telemetry_of())
    assert sink.sizes == [1]


async def test_the_process_ends_with_the_last_pipeline(start: Start, telemetry_of: Any) -> None:
    one, two = await start(code=UPPER), await start(code=UPPER)
    pid = one._runner._process._process.pid
    await one.shutdown()
    os.kill(pid, 0)
    await two.shutdown()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"file": "/no/such/file.py"}, "file: /no/such/file.py: No such file or directory"),
        ({"code": "import nothing_like_it\ndef process(batch): ..."}, "code, line 1: ModuleNotFoundError"),
        ({"code": "import os\nos._exit(4)\ndef process(batch): ..."}, "the script's process ended with code 4"),
    ],
)
async def test_code_that_cannot_be_loaded_ends_the_start(start: Start, raw: dict[str, str], reason: str) -> None:
    with pytest.raises(StartError) as caught:
        await start(**raw)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({}, "exactly one of 'file' and 'code' is needed"),
        ({"file": "a", "code": UPPER}, "exactly one of 'file' and 'code' is needed"),
        ({"code": "def process(batch:\n"}, "'code' is no Python: line 1: '(' was never closed"),
        ({"code": "def other(batch): ..."}, "'code' has no function process(batch)"),
        ({"code": "(" * 10_000}, "'code' is no Python: line 1: too many nested parentheses"),
        ({"code": UPPER, "function": "a b"}, "'function' must be the name of a function, not 'a b'"),
        ({"code": UPPER, "memory_limit_mib": 1}, "'memory_limit_mib' must be 64 or more"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PythonConfig.model_validate(raw)
    assert reason in str(caught.value)
