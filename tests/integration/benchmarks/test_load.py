"""The load generator sends to the sink directly: what one says it sent, the other has counted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from tests.benchmarks.collector import payloads, programs, sink
from tests.benchmarks.collector.generator import Generator, LoadError
from tests.benchmarks.collector.scenarios import PROTOCOLS, SIGNALS, Load, Protocol, Signal

CORE = min(os.sched_getaffinity(0))


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_sink_counts_what_the_generator_was_told_is_taken(
    protocol: Protocol, signal: Signal, gzip: bool, tmp_path: Path
) -> None:
    load = Load(protocol, signal, items=64, gzip=gzip, connections=3)
    built = programs.build()
    port, control = free_ports(2)
    payload = payloads.write(load, tmp_path)
    with ProcessGroup(tmp_path / "logs") as group, sink.started(built.sink, port, control, group, core=CORE) as target:
        with Generator(built.generator, load, payload, port, warmup=0.2, seconds=0.3, core=CORE) as generator:
            warm = generator.warm_up()
            assert target.received().items == warm.items > 0
            sent = generator.measure()
        received = target.received()
    assert sent.errors == {}
    assert sent.items == sent.requests * 64 > 0
    assert received.items == warm.items + sent.items
    assert received.bad == 0
    assert sent.latency_ms["p50"] <= sent.latency_ms["p99"] <= sent.latency_ms["max"]


def test_a_rate_is_kept_over_all_connections(tmp_path: Path) -> None:
    load = Load("grpc", items=1, connections=20, rate=200)
    built = programs.build()
    port, control = free_ports(2)
    payload = payloads.write(load, tmp_path)
    with (
        ProcessGroup(tmp_path / "logs") as group,
        sink.started(built.sink, port, control, group, core=CORE),
        Generator(built.generator, load, payload, port, warmup=0.1, seconds=1, core=CORE) as generator,
    ):
        generator.warm_up()
        assert generator.measure().requests == 200


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_requests_for_a_path_that_the_receiver_does_not_have_are_errors(protocol: Protocol, tmp_path: Path) -> None:
    load = Load(protocol, items=1)
    built = programs.build()
    port, control = free_ports(2)
    payload = payloads.write(load, tmp_path)
    payload.write_text(payload.read_text().replace('"traces", "items"', '"profiles", "items"'))
    with (
        ProcessGroup(tmp_path / "logs") as group,
        sink.started(built.sink, port, control, group, core=CORE),
        Generator(built.generator, load, payload, port, warmup=0.1, seconds=0.1, core=CORE) as generator,
    ):
        warm = generator.warm_up()
    assert warm.items == 0
    assert warm.failed == sum(warm.errors.values()) > 0


def test_a_generator_without_a_receiver_says_why_it_ends(tmp_path: Path) -> None:
    load = Load("grpc", items=1)
    built = programs.build()
    (port,) = free_ports(1)
    payload = payloads.write(load, tmp_path)
    with (
        Generator(built.generator, load, payload, port, warmup=0.1, seconds=0.1, core=CORE) as generator,
        pytest.raises(LoadError, match="connection refused"),
    ):
        generator.warm_up()
