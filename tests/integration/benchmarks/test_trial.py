"""Our collector under a short load, measured as `make bench` does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from e2e.cluster.errors import ComponentError
from tests.benchmarks.collector import idle, payloads, programs, trial
from tests.benchmarks.collector.contender import Contender
from tests.benchmarks.collector.pinning import Cores
from tests.benchmarks.collector.scenarios import PROTOCOLS, Load, Protocol
from tests.benchmarks.collector.trial import Bench

OTELCOL = Path(sys.executable).with_name("otelcol")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    allowed = sorted(os.sched_getaffinity(0))
    cores = Cores(collector=allowed[0], load=allowed[-1], second=allowed[-1])
    return Bench(programs.build(), cores, tmp_path, seconds=1.5, warmup=0.2)


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_collector_that_hands_on_everything_has_figures_that_count(bench: Bench, protocol: Protocol, gzip: bool) -> None:
    load = Load(protocol, items=10, gzip=gzip)
    ours = Contender("ours", (OTELCOL,), (bench.cores.collector,))
    measured = trial.run(bench, ours, load, payloads.write(load, bench.folder))
    assert measured.faults == ()
    assert measured.items % 10 == 0
    assert measured.items > 0
    assert 0 < measured.cpu_seconds < 5
    assert 20 < measured.rss_mib < 500


def test_a_program_that_is_not_the_one_on_the_port_is_no_measurement(bench: Bench) -> None:
    load = Load("http", items=10)
    # The collector's parent ends, so that it is no child of the measured shell any more; it ends with the process group.
    detached = ("sh", "-c", f'sh -c \'"{OTELCOL}" "$@" & \' collector "$@"; sleep 60', "collector")
    measured = trial.run(bench, Contender("lost", detached, (bench.cores.collector,)), load, payloads.write(load, bench.folder))
    assert any(fault.endswith("was not the measured process's own") for fault in measured.faults)


def test_a_collector_that_does_not_start_is_told_with_its_log(bench: Bench) -> None:
    broken = Contender("broken", ("sh", "-c", "echo no such component; exit 3"), (bench.cores.collector,))
    with pytest.raises(ComponentError, match=r"broken ended with code 3[^$]*no such component"):
        idle.measure(broken, bench.folder)
