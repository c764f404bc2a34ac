"""Measured values with the bar of each, as the smaller benchmarks print and keep them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `bar` is the most it may be, None for information only."""

    name: str
    value: float
    unit: str
    bar: float | None = None

    @property
    def met(self) -> bool:
        return self.bar is None or self.value <= self.bar


def report(measured: Iterable[Figure], file: Path) -> int:
    """Print each figure as it comes and write all to `file`; 1 when one misses its bar."""
    figures = []
    print(f"{'what':<62}{'value':>10} {'unit':<4}{'bar':>6}")
    for figure in measured:
        figures.append(figure)
        bar = "" if figure.bar is None else f"{figure.bar:g}"
        mark = "" if figure.bar is None else "ok" if figure.met else "MISSED"
        print(f"{figure.name:<62}{figure.value:>10.2f} {figure.unit:<4}{bar:>6} {mark}", flush=True)
    file.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    return 0 if all(figure.met for figure in figures) else 1
