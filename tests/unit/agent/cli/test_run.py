"""The collector as a process: starts, stops on a signal, refuses to start with mistakes."""

import os
import signal
import subprocess
import sys
import time

import pytest


@pytest.fixture
def start(third_party):
    processes = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(third_party)}
        command = [sys.executable, "-m", "otel_agent", *arguments]
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_runs_until_a_signal_and_exits_with_0(start, config_file, tmp_path, number):
    log = tmp_path / "collector.log"
    process = start("--config", str(config_file), "--set", f"service.telemetry.logs.output_paths=[{log}]")
    deadline = time.monotonic() + 60
    while not (log.exists() and "ready" in log.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, log.exists() and log.read_text()
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait(30) == 0


def test_mistakes_end_it_with_1_and_all_of_them_on_stderr(start, config_file):
    process = start("--config", str(config_file), "--set=receivers.idle.x=1", "--set=a=1")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "  a: unknown key" in err
    assert "  receivers::idle::x: unknown key" in err


def wait_for(process, log, text):
    deadline = time.monotonic() + 60
    while not (log.exists() and text in log.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, log.exists() and log.read_text()
        time.sleep(0.05)


def test_a_changed_file_is_taken_over_and_one_with_mistakes_is_refused(start, config_file, tmp_path):
    log, good = tmp_path / "collector.log", config_file.read_text()
    output = f"service.telemetry.logs.output_paths=[{log}]"
    process = start("--config", str(config_file), "--set", output, "--config-watch-interval=100ms")
    wait_for(process, log, "ready")
    config_file.write_text(good + "\nnonsense: 1\n")
    wait_for(process, log, "New configuration refused, the old one keeps running")
    assert "nonsense: unknown key" in log.read_text()
    config_file.write_text(good + "\n# the same again\n")
    wait_for(process, log, "The configuration is the same as before")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_the_watch_can_be_turned_off(start, config_file, tmp_path):
    log = tmp_path / "collector.log"
    output = f"service.telemetry.logs.output_paths=[{log}]"
    process = start("--config", str(config_file), "--set", output, "--config-watch-interval=0s")
    wait_for(process, log, "ready")
    config_file.write_text("nonsense: 1\n")
    time.sleep(1)
    assert "files have changed" not in log.read_text()
    process.send_signal(signal.SIGHUP)
    wait_for(process, log, "New configuration refused")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_an_interval_that_is_none_is_refused(start, config_file):
    process = start("--config", str(config_file), "--config-watch-interval=often")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "--config-watch-interval" in err
