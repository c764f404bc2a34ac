"""What the figures depend on besides the code: machine, versions, commit."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from e2e.cluster.toolchain import find_go, go_version
from tests.benchmarks.collector.programs import SOURCES, pinned_versions

_PACKAGES = ("grpcio", "aiohttp", "uvloop", "protobuf", "opentelemetry-proto", "isal", "orjson")
_GO_COLLECTOR = "go.opentelemetry.io/collector/otelcol"


def describe() -> dict[str, Any]:
    """Return the machine, the versions of all that takes part, and the commit with whether it was changed."""
    modules = pinned_versions((SOURCES / "gocollector" / "go.mod").read_text())
    return {
        "machine": {
            "cpu": cpu_name(Path("/proc/cpuinfo").read_text()),
            "cores": os.cpu_count(),
            "memory_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20,
            "kernel": platform.release(),
            "load_average": os.getloadavg(),
        },
        "versions": {
            "python": platform.python_version(),
            "go": go_version(find_go()),
            "go collector": modules[_GO_COLLECTOR],
            **{name: importlib.metadata.version(name) for name in _PACKAGES},
        },
        "native_extension": importlib.util.find_spec("otel_agent._native") is not None,
        "commit": _git("rev-parse", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def cpu_name(cpuinfo: str) -> str:
    """Return the first processor's model from the text of /proc/cpuinfo, or what the platform calls itself."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=SOURCES, capture_output=True, text=True, check=False)
    return done.stdout.strip()
