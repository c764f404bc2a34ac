"""The real helm binary, and what `helm template` makes of values."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.cluster.binaries import ensure

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "charts" / "otel-operator"
NAMESPACE = "otel-operator-system"

Render = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def helm(pytestconfig: pytest.Config) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run helm and return what it said; the first run on a machine builds it, which takes minutes."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        program = ensure(["helm"])["helm"]
    return lambda *arguments: subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def render(helm: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path) -> Render:
    """Return the objects that the chart makes of these values, without the pod of `helm test`."""

    def objects(values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        file = tmp_path / "values.yaml"
        file.write_text(yaml.safe_dump(values or {}))
        done = helm("template", "otel-operator", str(CHART), "-n", NAMESPACE, "-f", str(file), "--skip-tests")
        assert done.returncode == 0, done.stderr
        return [obj for obj in yaml.safe_load_all(done.stdout) if obj]

    return objects
