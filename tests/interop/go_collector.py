"""The Go collector of the benchmarks, as a peer."""

from __future__ import annotations

from pathlib import Path

from e2e.cluster import binaries
from tests.benchmarks.collector.programs import CATALOGUE


def build() -> Path:
    """Return the program, built when the cache has none: a few minutes with progress on stderr; BuildError without Go."""
    return binaries.ensure(["gocollector"], CATALOGUE)["gocollector"]
