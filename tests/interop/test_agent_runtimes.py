"""One tree of an agent on every runtime: each Python, Java by either protocol, and runtimes that are too old for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.images import agents, apps, interpreters
from tests.interop.collectors import Starter
from tests.interop.injected import Deployed
from tests.interop.instrumented import called, python_service


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_the_java_agent_sends_by_either_protocol_to_the_one_port(
    protocol: str, starter: Starter, volumes: dict[str, Path], tmp_path: Path
) -> None:
    app = Deployed("stock", "java", ["java", "-XX:TieredStopAtLevel=1", "-cp", apps.java_app("stock"), "Stock"])
    called(app, volumes, starter, tmp_path, {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol})


@pytest.mark.parametrize("version", agents.PYTHONS)
def test_one_tree_serves_every_python(version: str, starter: Starter, volumes: dict[str, Path], tmp_path: Path) -> None:
    app = python_service("storefront", version, tmp_path / "environment")
    resource, printed = called(app, volumes, starter, tmp_path)
    assert resource["telemetry.auto.version"]
    assert "Error" not in printed


@pytest.mark.parametrize("version", agents.PYTHONS)
def test_compiled_parts_of_the_tree_are_those_of_the_interpreter(version: str, volumes: dict[str, Path]) -> None:
    program = interpreters.find(version)
    if program is None:
        pytest.skip(f"this machine has no Python {version}")
    code = (
        "import wrapt._wrappers, charset_normalizer.md, psutil._psutil_linux, google._upb._message;"
        "print(wrapt._wrappers.__file__, charset_normalizer.md.__file__)"
    )
    done = subprocess.run(
        [program, "-c", code], env={"PYTHONPATH": str(volumes["python"])}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"cpython-{version.replace('.', '')}-") == 2


@pytest.mark.parametrize(
    ("tree", "library", "other"),
    [("autoinstrumentation", b"libc.so.6", b"libc.musl-"), ("autoinstrumentation-musl", b"libc.musl-", b"libc.so.6")],
)
def test_compiled_parts_of_each_tree_ask_for_its_own_c_library(tree: str, library: bytes, other: bytes) -> None:
    extensions = list((agents.content("python") / tree).rglob("*.so"))
    for version in agents.PYTHONS:
        assert any(f"cpython-{version.replace('.', '')}-" in path.name for path in extensions), version
    for path in extensions:
        asked = path.read_bytes()
        assert library in asked, path
        assert other not in asked, path


def test_a_python_older_than_the_agents_packages_runs_the_application_as_without_them(volumes: dict[str, Path]) -> None:
    old = next((found for version in ("3.9", "3.8", "3.7", "3.6") if (found := interpreters.find(version))), None)
    if old is None:
        pytest.skip("this machine has no Python older than 3.10")
    tree = volumes["python"]
    code = "import os, sys; print([path for path in sys.path if 'python' in path.lower()]); print(os.environ['PYTHONPATH'])"
    entry = tree / "opentelemetry" / "instrumentation" / "auto_instrumentation"
    done = subprocess.run(
        [old, "-c", code], env={"PYTHONPATH": f"{entry}:/app:{tree}"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    path, variable = done.stdout.splitlines()
    assert variable == "/app"
    assert str(tree) not in path
    assert "not instrumented: this is Python 3." in done.stderr
    assert "3.10 or newer" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def started_by_node(*required: Path) -> tuple[str, str]:
    """Run a program with these files required before it; return what it writes to stdout and stderr."""
    command = ["node", *(f"--require={path}" for path in required), "-e", "console.log('ran')"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_node_older_than_the_agents_packages_runs_the_application_as_without_them(
    volumes: dict[str, Path], tmp_path: Path
) -> None:
    older = tmp_path / "older.js"
    older.write_text("Object.defineProperty(process.versions, 'node', {value: '18.18.2'});\n")
    printed, said = started_by_node(older, volumes["nodejs"] / "autoinstrumentation.js")
    assert printed == "ran\n"
    assert "not instrumented: this is Node.js 18.18.2, and the agent needs 18.19 or newer" in said


def test_a_node_agent_that_cannot_be_loaded_leaves_the_application_running(tmp_path: Path) -> None:
    shutil.copy(agents.SOURCES / "nodejs" / "autoinstrumentation.js", tmp_path)
    printed, said = started_by_node(tmp_path / "autoinstrumentation.js")
    assert printed == "ran\n"
    assert "not instrumented: the agent did not start" in said
    assert "register.js" in said
