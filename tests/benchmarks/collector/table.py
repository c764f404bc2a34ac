"""The table that people read."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.benchmarks.collector.idle import READY_SECONDS_BAR, RSS_MIB_BAR, Idle, median
from tests.benchmarks.collector.rounds import Pair, missed, summarize
from tests.benchmarks.collector.scenarios import WORKERS, Row
from tests.benchmarks.collector.workers import BAR, Scaling

# A flat-out load that leaves a collector's core idle for more than this share does not show what it can do.
MOST_IDLE = 0.2
HEADINGS = (
    "row",
    "ours k/cpu-s",
    "Go k/cpu-s",
    "ratio",
    "rounds",
    "bar",
    "ours MiB",
    "Go MiB",
    "ratio",
    "bar",
    "p99 ms ours/Go",
    "",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A row with its rounds."""

    row: Row
    pairs: list[Pair]

    @property
    def notes(self) -> list[str]:
        """Say what a reader must know about the figures."""
        faults = list(dict.fromkeys(fault for pair in self.pairs for fault in pair.faults))
        summary = summarize(self.pairs)
        if summary is None or self.row.load.rate:
            return faults
        idle = (("ours", summary.ours_idle), ("Go", summary.go_idle))
        return faults + [f"{name}: core {share:.0%} idle, the load was the limit" for name, share in idle if share > MOST_IDLE]


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run measured; `skipped` gives reasons by row."""

    rows: list[Measured] = field(default_factory=list)
    ours_idle: list[Idle] = field(default_factory=list)
    go_idle: list[Idle] = field(default_factory=list)
    workers: list[Scaling] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def cells(measured: Measured) -> list[str]:
    """Return one line of the table."""
    bar = measured.row.bar
    summary = summarize(measured.pairs)
    if summary is None:
        return [measured.row.key, *[""] * (len(HEADINGS) - 2), "INVALID"]
    names = missed(summary, bar)
    valid = [pair for pair in measured.pairs if not pair.faults]
    verdict = f"MISSED {' and '.join(names)}" if names else "ok" if bar.speed or bar.memory else ""
    if len(valid) < len(measured.pairs):
        verdict += f" ({len(measured.pairs) - len(valid)} of {len(measured.pairs)} rounds invalid)"
    return [
        measured.row.key,
        f"{summary.ours_speed / 1000:.1f}",
        f"{summary.go_speed / 1000:.1f}",
        f"{summary.speed:.2f}",
        " ".join(f"{pair.speed:.2f}" for pair in valid),
        f">= {bar.speed:g}" if bar.speed else "",
        f"{summary.ours_mib:.0f}",
        f"{summary.go_mib:.0f}",
        f"{summary.memory:.2f}",
        f"<= {bar.memory:g}" if bar.memory else "",
        f"{summary.ours_p99_ms:.1f}/{summary.go_p99_ms:.1f}",
        verdict,
    ]


def idle_lines(report: Report) -> list[str]:
    """Return what the collectors need without load."""
    if not (report.ours_idle and report.go_idle):
        return []
    ours, go = median(report.ours_idle), median(report.go_idle)
    memory = _verdict(ours.rss_mib <= RSS_MIB_BAR)
    start = _verdict(ours.ready_seconds <= READY_SECONDS_BAR)
    return [
        f"idle RSS: ours {ours.rss_mib:.1f} MiB, Go {go.rss_mib:.1f} MiB; bar <= {RSS_MIB_BAR:g} MiB: {memory}",
        f"start to ready: ours {ours.ready_seconds:.3f} s, Go {go.ready_seconds:.3f} s; bar <= {READY_SECONDS_BAR:g} s: {start}"
        f" (CPU {ours.cpu_seconds:.2f} s, {go.cpu_seconds:.2f} s)",
    ]


def worker_lines(report: Report) -> list[str]:
    """Return what a second worker adds."""
    valid = [scaling for scaling in report.workers if not scaling.faults]
    faults = [f"{WORKERS}: {fault}" for scaling in report.workers for fault in scaling.faults]
    if not valid:
        return faults
    factor = statistics.median(scaling.factor for scaling in valid)
    efficiency = statistics.median(scaling.efficiency for scaling in valid)
    share = statistics.median(scaling.largest_share for scaling in valid)
    why = f"computed: {efficiency:.2f} x items per CPU-second, the busier does {share:.0%}"
    return [
        f"2 workers carry {factor:.2f} x one ({why}); bar >= {BAR:g}: {_verdict(factor >= BAR)}",
        *faults,
    ]


def render(report: Report) -> str:
    """Return the whole text: table, idle figures, notes, what was skipped."""
    lines = [*grid([list(HEADINGS), *map(cells, report.rows)])] if report.rows else []
    lines += idle_lines(report) + worker_lines(report)
    lines += [f"{measured.row.key}: {note}" for measured in report.rows for note in measured.notes]
    lines += [f"{row}: skipped: {why}" for row, why in report.skipped.items()]
    return "\n".join(lines) + "\n"


def grid(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay text out in columns as wide as their widest cell, with a line under the first row."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "-+-".join("-" * width for width in widths), *lines[1:]]


def _verdict(reached: bool) -> str:
    return "ok" if reached else "MISSED"
