"""A target of 10,100 series, scraped four times a second and sent by OTLP/HTTP to the sink."""

from __future__ import annotations

import time
from contextlib import ExitStack

import yaml

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from tests.benchmarks.collector import contender, sink
from tests.benchmarks.collector.configs import telemetry_on
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.page import pages
from tests.benchmarks.collector.procfs import PeakMemory
from tests.benchmarks.collector.scenarios import Source
from tests.benchmarks.collector.trial import Bench, Trial
from tests.standins.metric_pages import Pages

_COUNTERS, _HISTOGRAMS = 88, 17
SERIES = _COUNTERS * 80 + _HISTOGRAMS * 15 * 12
_POINTS = _COUNTERS * 80 + _HISTOGRAMS * 15
# What a scrape adds of its own, up and scrape_*, differs between the two by the options that are set.
_OWN_POINTS = 10
_EVERY = 0.25
_ON_THE_WAY = 2
"""Scrapes that may be between the page and the sink when both are read."""


def configuration(page: int, port: int, telemetry: int) -> str:
    """Return one target, scraped and sent on."""
    job = {
        "job_name": "shop",
        "scrape_interval": f"{int(_EVERY * 1000)}ms",
        "scrape_timeout": f"{int(_EVERY * 1000)}ms",
        "static_configs": [{"targets": [f"127.0.0.1:{page}"]}],
    }
    pipeline = {"receivers": ["prometheus"], "exporters": ["otlp_http"]}
    return yaml.safe_dump(
        {
            "receivers": {"prometheus": {"config": {"scrape_configs": [job]}}},
            "exporters": {"otlp_http": {"endpoint": f"http://127.0.0.1:{port}", "compression": "none"}},
            "service": {"telemetry": telemetry_on(telemetry), "pipelines": {"metrics": pipeline}},
        },
        sort_keys=False,
    )


def run(bench: Bench, who: Contender, source: Source) -> Trial:
    """Measure the scrapes of a while that begins after the first ones; series are the items."""
    port, control, telemetry = free_ports(3)
    with ExitStack() as stack:
        page = stack.enter_context(Pages())
        page.contents |= pages(_COUNTERS, _HISTOGRAMS, range(1, 100))
        group = stack.enter_context(ProcessGroup(bench.folder / "logs"))
        target = stack.enter_context(sink.started(bench.programs.sink, port, control, group, bench.cores.load))
        running = stack.enter_context(contender.started(who, configuration(page.port, port, telemetry), telemetry, group))
        target.drained(2 * _POINTS)
        with PeakMemory(running.tree) as memory:
            start, served, before = target.received(), page.served, sum(running.tree.cpu().values())
            time.sleep(2 * bench.seconds)
            end, scrapes, used = target.received(), page.served - served, sum(running.tree.cpu().values()) - before
    arrived = end.items - start.items
    faults = [f"{end.bad} bad requests at the sink"] if end.bad else []
    if not (scrapes - _ON_THE_WAY) * _POINTS <= arrived <= (scrapes + _ON_THE_WAY) * (_POINTS + _OWN_POINTS):
        faults.append(f"{scrapes} scrapes of {_POINTS} points, {arrived} points at the sink")
    due = int(2 * bench.seconds / _EVERY)
    if scrapes < due - _ON_THE_WAY:
        faults.append(f"{scrapes} of {due} scrapes made")
    return Trial.of_source(items=scrapes * SERIES, cpu_seconds=used, rss_mib=memory.mib, faults=faults)
