"""Runs `otelcol` with a receiver that a third-party distribution on sys.path adds."""

from pathlib import Path

import pytest

from otel_agent.cli.main import main
from otel_agent.config.featuregates import process_gates
from otel_agent.config.registry import installed_registry

SOURCE = """
from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.model import ConfigModel, Duration, Opaque

class IdleConfig(ConfigModel):
    interval: Duration = 60.0
    password: Opaque = Opaque("")

class Idle:
    async def start(self, host): pass
    async def shutdown(self): pass

def create(config, context):
    return Idle()

COMPONENT = ComponentInfo(
    ComponentKind.RECEIVER, "idle", {"traces": "beta"}, "third_party_idle:IdleConfig", "third_party_idle:create", ("idler",)
)
"""


@pytest.fixture
def third_party(tmp_path: Path) -> Path:
    """Folder of an installed distribution that declares the receiver `idle`."""
    site = tmp_path / "site"
    metadata = site / "third_party_idle-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party-idle\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[otel_agent.components]\nreceiver.idle = third_party_idle:COMPONENT\n")
    (site / "third_party_idle.py").write_text(SOURCE)
    return site


@pytest.fixture
def otelcol(third_party, monkeypatch, capsys):
    """Call `otelcol` in this process: arguments to (exit code, stdout, stderr)."""
    monkeypatch.syspath_prepend(str(third_party))
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "__all__")
    installed_registry.cache_clear()
    process_gates.cache_clear()

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield run
    installed_registry.cache_clear()
    process_gates.cache_clear()


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(
        """
receivers: {idle: {interval: 1m, password: hunter2}}
exporters: {nop: }
service:
  telemetry: {metrics: {level: none, readers: []}}
  pipelines: {traces: {receivers: [idle], exporters: [nop]}}
"""
    )
    return file
