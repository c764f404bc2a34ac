"""The Go programs of the benchmarks, built once: the Go collectors, the load generator and the sink."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster import binaries
from e2e.cluster.binaries import Module

SOURCES = Path(__file__).resolve().parents[1]
CATALOGUE = (
    Module("gocollector", {"gocollector": "otel-operator/benchmarks/gocollector"}, folder=SOURCES / "gocollector"),
    # Most of Prometheus is the service discovery of clouds.
    Module("goguide", {"goguide": "otel-operator/benchmarks/goguide"}, folder=SOURCES / "goguide", tags="remove_all_sd"),
    Module(
        "load",
        {"generator": "otel-operator/benchmarks/load/generator", "sink": "otel-operator/benchmarks/load/sink"},
        folder=SOURCES / "load",
    ),
)


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the built programs are."""

    gocollector: Path
    generator: Path
    sink: Path


def build() -> Programs:
    """Build what is missing, with progress on stderr; BuildError tells what does not compile."""
    return Programs(**binaries.ensure(["gocollector", "generator", "sink"], CATALOGUE))


def build_guide() -> Path:
    """Return the Go collector with the guide's components; building it takes some minutes the first time."""
    return binaries.ensure(["goguide"], CATALOGUE)["goguide"]


def pinned_versions(go_mod: str) -> dict[str, str]:
    """Return version by module of what a go.mod requires directly."""
    lines = re.findall(r"^\s*(?:require )?(\S+/\S+) (v\S+)$", go_mod, re.MULTILINE)
    return dict(lines)
