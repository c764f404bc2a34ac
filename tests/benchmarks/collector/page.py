"""A page of metrics as a program exposes it."""

from __future__ import annotations

from collections.abc import Iterable

PATH = "metrics"


def text(counters: int, histograms: int, version: int, *, churn: int = 0) -> str:
    """Return metrics: counters of 80 series, histograms of 15 points of 12 lines each; values grow with `version`.

    `churn` of the counters are named after it.
    """
    lines = []
    for metric in range(counters):
        lines += [f"# HELP requests_{metric}_total Requests by path", f"# TYPE requests_{metric}_total counter"]
        for number in range(80):
            name = f"{number}-{version}" if metric * 80 + number < churn else f"{number}"
            lines.append(f'requests_{metric}_total{{method="GET",path="/api/v1/{name}",code="200"}} {number + version}')
    for metric in range(histograms):
        lines.append(f"# TYPE latency_{metric} histogram")
        for number in range(15):
            for rank, bound in enumerate(("0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "+Inf")):
                lines.append(f'latency_{metric}_bucket{{path="/{number}",le="{bound}"}} {rank * version}')
            lines.append(f'latency_{metric}_sum{{path="/{number}"}} {version}.5')
            lines.append(f'latency_{metric}_count{{path="/{number}"}} {9 * version}')
    return "\n".join(lines) + "\n"


def pages(counters: int, histograms: int, versions: Iterable[int]) -> dict[str, list[bytes]]:
    """Return what `tests.standins.metric_pages.Pages` serves: a page for each version."""
    return {PATH: [text(counters, histograms, version).encode() for version in versions]}
