"""Which functions are in use, and what is said about it."""

import logging
import shutil
import subprocess
import sys

import pytest

from otel_agent.pdata import native
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal

needs_extension = pytest.mark.skipif(native.installed() is None, reason="the native extension is not built")


@pytest.mark.parametrize("value", ["0", "false", "False", " 0 "])
def test_the_environment_turns_native_code_off(value: str) -> None:
    assert native.choose({"OTELCOL_NATIVE": value}) is None


def test_the_extension_is_built_where_there_is_a_toolchain() -> None:
    """Its tests are skipped without it, which must not hide that it no longer builds."""
    assert native.installed() is not None or shutil.which("cargo") is None


@needs_extension
def test_native_code_is_used_where_it_is_installed() -> None:
    assert native.choose({}) is not None
    assert native.choose({"OTELCOL_NATIVE": "1"}) is not None


def test_portable_code_is_announced_with_the_remedy(caplog: pytest.LogCaptureFixture) -> None:
    native.announce(logging.getLogger("test"), None, {})
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Rust toolchain" in caplog.text


def test_portable_code_by_choice_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        native.announce(logging.getLogger("test"), None, {"OTELCOL_NATIVE": "0"})
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_nothing_is_announced_where_native_code_runs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        native.announce(logging.getLogger("test"), native.installed() or pytest.skip("not built"), {})
    assert not caplog.records


@pytest.mark.parametrize("setting", ["0", "1"])
def test_the_environment_switches_kernel_and_front_end_together(setting: str) -> None:
    program = (
        "from otel_agent.pdata import kernel\n"
        "from otel_agent.receivers.otlp import front_end\n"
        "print(kernel.NATIVE is not None, front_end.native_module() is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"OTELCOL_NATIVE": setting}, capture_output=True, text=True, check=True
    )
    used = str(setting == "1" and native.installed() is not None)
    assert done.stdout.split() == [used, used]


@pytest.mark.parametrize("setting", ["0", "1"])
def test_the_kernel_works_with_either_code(setting: str) -> None:
    program = (
        "from otel_agent.pdata import kernel\n"
        "from otel_agent.pdata.telemetry import Signal\n"
        "print(kernel.NATIVE is None, kernel.check(Signal.LOGS, b'\\x0a\\x04\\x12\\x02\\x12\\x00'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"OTELCOL_NATIVE": setting}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(setting == "0" or native.installed() is None), "1"]


@needs_extension
def test_native_refusals_say_where() -> None:
    kernel = native.installed()
    assert kernel is not None
    with pytest.raises(InvalidTelemetry, match=r"malformed traces request: message cut off at byte 2"):
        kernel.check(Signal.TRACES, b"\x0a\x05\x01")
    with pytest.raises(ValueError, match="parts of -1 items"):
        kernel.split(Signal.LOGS, b"", -1)
    with pytest.raises(ValueError, match="unknown signal"):
        kernel.check("profiles", b"")


@needs_extension
def test_requests_above_the_size_that_gives_up_the_interpreter_lock_are_the_same() -> None:
    kernel = native.installed()
    assert kernel is not None
    record = b"\x12\x02\x12\x00"
    data = b"".join([b"\x0a\x04" + record] * 30_000)
    assert len(data) > 64 * 1024
    assert kernel.check(Signal.LOGS, data) == 30_000
    assert sum(items for _, items in kernel.split(Signal.LOGS, data, 1000)) == 30_000
