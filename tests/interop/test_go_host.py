"""The host_metrics receiver beside the Go collector's on the same host: the same metrics, points and resources.

The Go program scrapes twice, and ours in between: what only grows lies between the two readings.
"""

from __future__ import annotations

import subprocess
import time
from typing import IO, Any

import pytest
import yaml
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from e2e.cluster import binaries
from otel_agent.receivers.host_metrics.config import HostMetricsConfig
from otel_agent.receivers.host_metrics.factory import make_scrapers
from tests.interop.host_program import CATALOGUE

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine builds the Go program


def enabled(*names: str) -> dict[str, Any]:
    return {"metrics": {name: {"enabled": True} for name in names}}


HUGE = "system.memory.linux.hugepages"
CONFIG: dict[str, Any] = {
    "initial_delay": "0s",
    "collection_interval": "2s",
    "scrapers": {
        "cpu": enabled("system.cpu.logical.count", "system.cpu.physical.count", "system.cpu.frequency"),
        "disk": {},
        "filesystem": enabled("system.filesystem.utilization"),
        "load": {},
        "memory": enabled(
            "system.memory.utilization", "system.memory.limit", "system.memory.page_size", "system.linux.memory.available",
            "system.linux.memory.dirty", "system.memory.linux.shared", f"{HUGE}.limit", f"{HUGE}.page_size", f"{HUGE}.reserved",
            f"{HUGE}.surplus", f"{HUGE}.usage", f"{HUGE}.utilization",
        ),
        "network": {},
        "paging": enabled("system.paging.utilization"),
        "processes": {},
        "system": {},
        "process": {
            "mute_process_all_errors": True,
            "resource_attributes": {"process.cgroup": {"enabled": True}},
            **enabled(
                "process.memory.utilization", "process.paging.faults", "process.signals_pending", "process.threads",
                "process.open_file_descriptors", "process.context_switches", "process.disk.operations", "process.uptime",
            ),
        },
    },
}  # fmt: skip
CONSTANT = {
    *("system.cpu.logical.count", "system.cpu.physical.count", "system.memory.limit", "system.memory.page_size"),
    *(f"{HUGE}.limit", f"{HUGE}.page_size"),
}
VOLATILE = {"system.processes.count"}
"""Whose points come and go: a state that no process is in has none."""
SHRINKING = {("system.cpu.time", "idle"), ("system.cpu.time", "wait"), ("process.context_switches", "")}
"""What the kernel lets shrink now and then: times without work, and the switches of threads that have ended."""
Identity = tuple[Any, ...]
Points = dict[Identity, tuple[float, int]]
"""Value and start time by everything that tells a point from others."""


def points_of(resources: Any) -> Points:
    found: Points = {}
    for resource in resources:
        pid = next((entry.value.int_value for entry in resource.resource.attributes if entry.key == "process.pid"), 0)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                data = getattr(metric, kind)
                sums = (data.is_monotonic, data.aggregation_temporality) if kind == "sum" else ()
                for point in data.data_points:
                    number = point.WhichOneof("value")
                    attributes = tuple(sorted((entry.key, entry.value.string_value) for entry in point.attributes))
                    identity = (
                        metric.name,
                        pid,
                        attributes,
                        metric.unit,
                        kind,
                        sums,
                        number,
                        scope.scope.name,
                        resource.schema_url,
                    )
                    found[identity] = (getattr(point, number), point.start_time_unix_nano)
    return found


def processes_of(resources: Any) -> dict[int, dict[str, Any]]:
    """Resource attributes by pid."""
    found = {}
    for resource in resources:
        attributes = {entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in resource.resource.attributes}
        if "process.pid" in attributes:
            found[attributes["process.pid"]] = attributes
    return found


def next_request(stream: IO[bytes]) -> Any:
    return ExportMetricsServiceRequest.FromString(stream.read(int.from_bytes(stream.read(4))))


@pytest.fixture(scope="module")
def readings(pytestconfig: pytest.Config) -> tuple[Any, Any, Any]:
    """Resources of the Go program, ours, and of the Go program again."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    # Nobody should have to look at a silent terminal while it compiles.
    with capture.global_and_fixture_disabled():
        program = binaries.ensure(["gohost"], CATALOGUE)["gohost"]
    scrapers = make_scrapers(HostMetricsConfig.model_validate(CONFIG))
    with subprocess.Popen([program, yaml.safe_dump(CONFIG)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = next_request(process.stdout)
        ours = [resource for scraper in scrapers for resource in scraper.scrape(time.time_ns()).resources]
        second = next_request(process.stdout)
    return first.resource_metrics, ours, second.resource_metrics


def test_metrics_and_points_are_the_same(readings: tuple[Any, Any, Any]) -> None:
    first, ours, second = (
        {identity for identity in points_of(resources) if not identity[1] and identity[0] not in VOLATILE}
        for resources in readings
    )
    assert first & second <= ours <= first | second
    assert len(ours) > 50


def test_points_of_processes_are_the_same(readings: tuple[Any, Any, Any]) -> None:
    alive = set.intersection(*(set(processes_of(resources)) for resources in readings))
    first, ours, _ = ({identity for identity in points_of(resources) if identity[1] in alive} for resources in readings)
    assert ours == first
    assert len(alive) > 1


def grows(identity: Identity) -> bool:
    states = {"", *(value for key, value in identity[2] if key == "state")}
    return identity[5][:1] == (True,) and not any((identity[0], state) in SHRINKING for state in states)


def test_what_only_grows_lies_between_the_two_readings(readings: tuple[Any, Any, Any]) -> None:
    first, ours, second = map(points_of, readings)
    growing = [identity for identity in ours if grows(identity) and identity in first and identity in second]
    outside = [
        (*identity[:3], first[identity][0], ours[identity][0], second[identity][0])
        for identity in growing
        if not first[identity][0] <= ours[identity][0] <= second[identity][0] and first[identity][1] == second[identity][1]
    ]
    assert outside == []
    assert len(growing) > 50


def test_what_does_not_change_is_equal(readings: tuple[Any, Any, Any]) -> None:
    first, ours, _ = map(points_of, readings)
    for identity in ours:
        if identity[0] in CONSTANT:
            assert ours[identity][0] == first[identity][0], identity


def test_sums_start_when_the_host_or_the_process_did(readings: tuple[Any, Any, Any]) -> None:
    first, ours, _ = map(points_of, readings)
    late = [
        (identity, first[identity][1], ours[identity][1])
        for identity in ours.keys() & first.keys()
        if abs(first[identity][1] - ours[identity][1]) > 20_000_000  # a tick of the kernel's clock is 10 ms
    ]
    assert not late


def test_processes_have_the_same_attributes(readings: tuple[Any, Any, Any]) -> None:
    first, ours, second = map(processes_of, readings)
    for pid, attributes in ours.items():
        # A kernel worker is renamed with each task, and a process that starts another program is another.
        if pid in first and first[pid] == second.get(pid):
            assert attributes == first[pid] or attributes["process.executable.name"] != first[pid]["process.executable.name"]
