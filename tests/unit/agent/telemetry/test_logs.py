import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.telemetry import Signal
from otel_agent.telemetry.logs import LogSampling, LogSettings, component_logger, configure_logs
from otel_agent.telemetry.sampling import Sampler

Written = Callable[[LogSettings, Callable[[logging.Logger], None]], list[str]]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., list[str]]:
    def write(log: Callable[[logging.Logger], None], **settings: object) -> list[str]:
        path = tmp_path / "log"
        setup = configure_logs(LogSettings(output_paths=(str(path),), **settings))  # type: ignore[arg-type]
        try:
            log(logging.getLogger("otelcol.test"))
        finally:
            setup.close()
        return path.read_text().splitlines()

    return write


def test_a_console_line_has_time_level_caller_message_and_fields(written: Callable[..., list[str]]) -> None:
    (line,) = written(lambda log: log.warning("Sender %s", "failed", extra={"n": 1}), fields={"resource": {"a": "b"}})
    time, level, caller, message, fields = line.split("\t")
    assert len(time) == len("2026-01-02T03:04:05.678Z")
    assert time.endswith("Z")
    assert (level, message) == ("warn", "Sender failed")
    assert caller.startswith("telemetry/test_logs.py:")
    assert json.loads(fields) == {"resource": {"a": "b"}, "n": 1}


def test_json_has_one_object_a_line(written: Callable[..., list[str]]) -> None:
    (line,) = written(lambda log: log.error("Boom", extra={"n": 1}), encoding="json", caller=False)
    entry = json.loads(line)
    assert (entry["level"], entry["msg"], entry["n"]) == ("error", "Boom", 1)
    assert "caller" not in entry


@pytest.mark.parametrize("encoding", ["console", "json"])
@pytest.mark.parametrize("value", [2**70, "caf\udce9", float("nan"), b"\xff", {1: object}])
def test_no_value_of_a_field_loses_the_line(written: Callable[..., list[str]], encoding: str, value: object) -> None:
    (line,) = written(lambda log: log.warning("Said caf\udce9", extra={"n": value}), encoding=encoding)
    assert "Said caf" in line
    fields = json.loads(line if encoding == "json" else line.split("\t")[4])
    assert "n" in fields


@pytest.mark.parametrize("path", ["/", "/no/such/folder/x", "a\0b"])
def test_an_output_that_cannot_be_opened_is_an_os_error(path: str) -> None:
    before = list(logging.getLogger().handlers)
    with pytest.raises(OSError, match=r"Errno|embedded null byte"):
        configure_logs(LogSettings(output_paths=("stderr", path)))
    assert logging.getLogger().handlers == before


def test_the_level_hides_lower_ones(written: Callable[..., list[str]]) -> None:
    assert written(lambda log: log.info("x"), level="error") == []
    assert len(written(lambda log: log.debug("x"), level="debug")) == 1


def test_a_traceback_can_be_left_out(written: Callable[..., list[str]]) -> None:
    def fail(log: logging.Logger) -> None:
        try:
            raise ValueError("because")
        except ValueError:
            log.exception("Boom")

    assert any("Traceback" in line for line in written(fail))
    lines = written(fail, stacktrace=False)[-1:]
    assert "Traceback" not in lines[0]
    assert '"error":"because"' in lines[0]


def test_repeated_lines_are_thinned_out(written: Callable[..., list[str]]) -> None:
    def repeat(log: logging.Logger) -> None:
        for number in range(10):
            log.info("again %d", number)

    lines = written(repeat, sampling=LogSampling(tick=60, initial=2, thereafter=3))
    assert [line.split("\t")[3] for line in lines] == [f"again {number}" for number in (0, 1, 4, 7)]
    assert len(written(repeat, sampling=None)) == 4 + 10


def test_a_component_logger_says_which_component_it_is(written: Callable[..., list[str]]) -> None:
    logger = component_logger(ComponentId("otlp", "a.b"), ComponentKind.EXPORTER, Signal.LOGS)
    (line,) = written(lambda _: logger.info("x"))
    assert json.loads(line.split("\t")[4]) == {
        "otelcol.component.id": "otlp/a.b",
        "otelcol.component.kind": "exporter",
        "otelcol.signal": "logs",
    }


def test_closing_restores_the_root_logger(written: Callable[..., list[str]]) -> None:
    before = list(logging.getLogger().handlers), logging.getLogger().level
    written(lambda log: log.info("x"))
    assert (logging.getLogger().handlers, logging.getLogger().level) == before


def test_a_sampler_starts_over_with_each_tick() -> None:
    now = 0.0
    sampler = Sampler(1, 0, tick=1.0, clock=lambda: now)
    assert [sampler.admit("a"), sampler.admit("a"), sampler.admit("b")] == [True, False, True]
    now = 1.0
    assert sampler.admit("a")


def test_a_sampler_keeps_a_bounded_number_of_keys() -> None:
    sampler = Sampler(1, 0, clock=lambda: 0.0)
    assert all(sampler.admit(number) for number in range(10_000))
    assert len(sampler._seen) <= 4096
