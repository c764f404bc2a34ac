"""The fuzzing of components itself: a short run against a real collector, and what counts as a failure."""

import subprocess
import sys
from pathlib import Path

from otel_agent.config.component import ComponentKind
from otel_agent.config.registry import installed_registry
from tests.fuzz.components.__main__ import unforeseen

ROOT = Path(__file__).resolve().parents[4]
DOES_NOT_LOOK_INTO_REQUESTS = {"memory_limiter", "resource_detection", "debug", "otlp_http", "otlp_grpc"}
"""Left out of the fuzzed collector: they see a request as bytes, or print it."""


def test_requests_of_any_content_pass_through_every_component(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.components",
        "--requests",
        "300",
        "--seed",
        "7",
        "--directory",
        str(tmp_path / "run"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed: 300 requests" in done.stdout


def test_failures_that_nobody_foresaw_are_found_in_a_log() -> None:
    log = "all is well\nTraceback (most recent call last):\n  File x\nOverflowError: too large\nmore\n"
    assert unforeseen(log) == ["Traceback (most recent call last): … OverflowError: too large"]
    assert unforeseen("warn something known") == []


def test_every_component_that_looks_into_requests_is_fuzzed() -> None:
    text = (ROOT / "tests" / "fuzz" / "components" / "collector.yaml").read_text()
    kinds = (ComponentKind.PROCESSOR, ComponentKind.EXPORTER, ComponentKind.CONNECTOR)
    ours = {info.type for kind in kinds for info in installed_registry().infos(kind) if info.config.startswith("otel_agent.")}
    assert {name for name in ours - DOES_NOT_LOOK_INTO_REQUESTS if f"\n  {name}" not in text} == {"forward"}
