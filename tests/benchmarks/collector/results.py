"""The measured figures as JSON, each round by itself."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks.collector.rounds import Pair, missed, summarize
from tests.benchmarks.collector.table import Measured, Report

_FOLDER = Path(__file__).resolve().parents[1]
# The figures that stand for the project, and where those of other runs go, which must not replace them.
WHOLE = _FOLDER / "results.json"
PARTIAL = _FOLDER / "out" / "results.json"


def document(report: Report, setting: dict[str, Any]) -> dict[str, Any]:
    """Return what is written: `setting` (machine, versions, options), and the rows with their rounds and medians."""
    return {
        **setting,
        "rows": {measured.row.key: _row(measured) for measured in report.rows},
        "idle": {"ours": [asdict(start) for start in report.ours_idle], "go": [asdict(start) for start in report.go_idle]},
        "workers": [{"one": asdict(scaling.one), "two": asdict(scaling.two)} for scaling in report.workers],
        "skipped": report.skipped,
    }


def write(path: Path, report: Report, setting: dict[str, Any]) -> None:
    """Write the file as a whole: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".new")
    scratch.write_text(json.dumps(document(report, setting), indent=1) + "\n")
    scratch.replace(path)


def _row(measured: Measured) -> dict[str, Any]:
    summary = summarize(measured.pairs)
    return {
        "load": asdict(measured.row.load),
        "bar": asdict(measured.row.bar),
        "median": asdict(summary) if summary else None,
        "missed": missed(summary, measured.row.bar) if summary else None,
        "notes": measured.notes,
        "rounds": [_round(pair) for pair in measured.pairs],
    }


def _round(pair: Pair) -> dict[str, Any]:
    return {
        name: {**asdict(trial), "items_per_cpu_second": round(trial.items_per_cpu_second)}
        for name, trial in (("ours", pair.ours), ("go", pair.go))
    }
