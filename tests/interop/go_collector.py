"""The Go collector with all components that tests compare ours with, as a peer."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.collector import programs


def build() -> Path:
    """Return the program, built when the cache has none: a few minutes with progress on stderr; BuildError without Go."""
    return programs.build_guide()
