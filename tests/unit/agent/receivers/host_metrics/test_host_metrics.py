"""The host_metrics receiver: every scraper on a host of files, and on the host that the tests run on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.receivers.host_metrics.config import HostMetricsConfig, ScrapersConfig
from otel_agent.receivers.host_metrics.definitions import PROCESS
from otel_agent.receivers.host_metrics.factory import make_scrapers
from otel_agent.receivers.host_metrics.host import CLOCK_TICKS, PAGE_SIZE, read
from otel_agent.scraping.scraper import Scrape

BOOT = 1_700_000_000
SECOND = 1_000_000_000
NOW = (BOOT + 5000) * SECOND
Points = dict[tuple[Any, ...], float]

STAT = f"""cpu  40 2 30 400 20 4 6 8 0 0
cpu0 10 1 10 100 5 1 2 3 0 0
cpu1 30 1 20 300 15 3 4 5 0 0
intr 0
btime {BOOT}
processes 4321
procs_running 2
procs_blocked 1
"""
CPUINFO = """processor	: 0
cpu MHz		: 2000.500
physical id	: 0
core id		: 0

processor	: 1
cpu MHz		: 2100.000
physical id	: 0
core id		: 0

"""
MEMINFO = """MemTotal:        1000 kB
MemFree:          200 kB
MemAvailable:     600 kB
Buffers:           50 kB
Cached:           300 kB
SwapCached:         0 kB
Dirty:              7 kB
Shmem:             11 kB
SReclaimable:      40 kB
SUnreclaim:        60 kB
HugePages_Total:    8
HugePages_Free:     2
HugePages_Rsvd:     1
HugePages_Surp:     3
Hugepagesize:    2048 kB
"""
DISKSTATS = """   8 0 sda 10 1 16 1500 20 2 32 2500 3 4000 6000 0
   8 1 sda1 1 0 2 3 4 0 6 7 0 9 10
   7 0 loop0 0 0 0 0 0 0 0 0 0 0 0
   7 0 short
"""
NET_DEV = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 100 10 0 0 0 0 0 0 100 10 0 0 0 0 0 0
  eth0:2000 20 1 2 0 0 0 0 3000 30 3 4 0 0 0 0
"""
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
"""
MOUNTINFO = """22 28 0:20 / /proc rw,nosuid shared:5 - proc proc rw
25 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
26 25 8:2 / /data\\040two ro,relatime shared:2 - xfs /dev/sdb1 ro
27 25 8:3 / /gone rw shared:3 - ext4 /dev/sdc1 rw
28 25 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
29 25 8:1 /etc/hosts /bound rw,relatime - ext4 /dev/sda1 rw
30 25 0:31 / /pool rw,relatime - zfs tank/pool rw
31 25 0:32 / /path rw,relatime - bpf /path rw
"""
PROCESS_STAT = (
    "{pid} ({name}) {state} 1 1 1 0 -1 0 5 0 2 0 150 50 0 0 20 0 3 0 100000 8192 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 25 0 0"
)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The root directory of a host."""
    files = {
        "proc/stat": STAT,
        "proc/cpuinfo": CPUINFO,
        "proc/meminfo": MEMINFO,
        "proc/loadavg": "0.50 1.00 1.50 1/200 999\n",
        "proc/uptime": "5000.75 100.00\n",
        "proc/diskstats": DISKSTATS,
        "proc/swaps": "Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda2 partition 1000 250 -2\n",
        "proc/vmstat": "pgpgin 1\npgpgout 2\npswpin 3\npswpout 4\npgfault 10\npgmajfault 4\n",
        "proc/sys/net/netfilter/nf_conntrack_count": "17\n",
        "proc/sys/net/netfilter/nf_conntrack_max": "65536\n",
        "proc/1/mountinfo": MOUNTINFO,
        "proc/1/net/dev": NET_DEV,
        "proc/1/net/tcp": TCP,
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nada:x:1001:1001::/home/ada:/bin/sh\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for place in ("data two", "bound", "pool", "path"):
        (tmp_path / place).mkdir()
    add_process(tmp_path, 1, "init", command=("/sbin/init",))
    return tmp_path


def add_process(root: Path, pid: int, name: str, command: tuple[str, ...] = (), state: str = "S", uid: int = 1001) -> Path:
    folder = root / "proc" / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_text(PROCESS_STAT.format(pid=pid, name=name, state=state))
    (folder / "statm").write_text("100 25 10 5 0 30 0\n")
    (folder / "io").write_text("rchar: 4096\nwchar: 8192\nsyscr: 11\nsyscw: 12\nread_bytes: 1\nwrite_bytes: 2\n")
    (folder / "status").write_text(f"Name:\t{name}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nSigQ:\t2/7000\n")
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in command))
    (folder / "cgroup").write_text("0::/system.slice\n")
    (folder / "exe").unlink(missing_ok=True)
    (folder / "exe").symlink_to(command[0] if command else "/nothing")
    (folder / "fd").mkdir(exist_ok=True)
    (folder / "fd" / "0").write_text("")
    task = folder / "task" / str(pid)
    task.mkdir(parents=True, exist_ok=True)
    (task / "status").write_text("voluntary_ctxt_switches:\t30\nnonvoluntary_ctxt_switches:\t4\n")
    return folder


@pytest.fixture
def scraper(host: Path) -> Callable[..., Any]:
    def make(name: str, **keys: Any) -> Any:
        config = HostMetricsConfig.model_validate({"root_path": str(host), "scrapers": {name: keys}})
        (made,) = make_scrapers(config)
        return made

    return make


def points(scrape: Scrape, resource: int = 0) -> Points:
    """Metric name and attribute values to value."""
    found: Points = {}
    for metric in scrape.resources[resource].scope_metrics[0].metrics:
        data = getattr(metric, metric.WhichOneof("data"))
        for point in data.data_points:
            values = tuple(entry.value.string_value for entry in point.attributes)
            found[metric.name, *values] = getattr(point, point.WhichOneof("value"))
    return found


def all_of(name: str) -> dict[str, Any]:
    model = ScrapersConfig.model_fields[name].annotation.__args__[0]  # type: ignore[union-attr]
    return {definition.name: {"enabled": True} for definition in model.METRICS}


def test_cpu_times_are_seconds_by_cpu_and_state(scraper: Callable[..., Any]) -> None:
    scrape = scraper("cpu").scrape(NOW)
    found = points(scrape)
    assert found["system.cpu.time", "cpu0", "user"] == 10 / CLOCK_TICKS
    assert found["system.cpu.time", "cpu1", "wait"] == 15 / CLOCK_TICKS
    assert len(found) == 16
    metric = scrape.resources[0].scope_metrics[0].metrics[0]
    assert (metric.unit, metric.sum.is_monotonic, metric.sum.aggregation_temporality) == ("s", True, 2)
    point = metric.sum.data_points[0]
    assert (point.start_time_unix_nano, point.time_unix_nano) == (BOOT * SECOND, NOW)


def test_shares_of_cpu_time_appear_on_the_second_scrape(scraper: Callable[..., Any], host: Path) -> None:
    made = scraper("cpu", metrics=all_of("cpu"))
    first = points(made.scrape(NOW))
    assert not [key for key in first if key[0] == "system.cpu.utilization"]
    assert (first["system.cpu.logical.count",], first["system.cpu.physical.count",]) == (2, 1)
    assert first["system.cpu.frequency", "cpu0"] == 2_000_500_000
    (host / "proc/stat").write_text(STAT.replace("cpu0 10 1 10 100", "cpu0 40 1 20 160"))
    second = points(made.scrape(NOW))
    shares = {key[2]: value for key, value in second.items() if key[:2] == ("system.cpu.utilization", "cpu0")}
    assert (shares["user"], shares["system"], shares["idle"], shares["nice"]) == (0.3, 0.1, 0.6, 0)
    assert second["system.cpu.utilization", "cpu1", "idle"] == 0


def test_points_that_differ_only_by_an_attribute_left_out_are_joined(scraper: Callable[..., Any]) -> None:
    found = points(scraper("cpu", metrics={"system.cpu.time": {"attributes": ["state"]}}).scrape(NOW))
    assert found["system.cpu.time", "user"] == 40 / CLOCK_TICKS
    largest = {"system.cpu.time": {"attributes": ["state"], "aggregation_strategy": "max"}}
    assert points(scraper("cpu", metrics=largest).scrape(NOW))["system.cpu.time", "user"] == 30 / CLOCK_TICKS
    mean = {"system.cpu.time": {"attributes": ["state"], "aggregation_strategy": "avg"}}
    assert points(scraper("cpu", metrics=mean).scrape(NOW))["system.cpu.time", "user"] == 20 / CLOCK_TICKS


def test_disks_have_bytes_operations_and_seconds(scraper: Callable[..., Any]) -> None:
    found = points(scraper("disk").scrape(NOW))
    assert {key[1:]: value for key, value in found.items() if key[0] == "system.disk.io" and key[1] == "sda"} == {
        ("sda", "read"): 16 * 512,
        ("sda", "write"): 32 * 512,
    }
    assert found["system.disk.operation_time", "sda", "read"] == 1.5
    assert (found["system.disk.io_time", "sda"], found["system.disk.weighted_io_time", "sda"]) == (4.0, 6.0)
    assert (found["system.disk.pending_operations", "sda"], found["system.disk.merged", "sda", "write"]) == (3, 2)


@pytest.mark.parametrize(
    ("filters", "devices"),
    [
        ({"include": {"match_type": "strict", "devices": ["sda"]}}, {"sda"}),
        ({"exclude": {"match_type": "regexp", "devices": ["^sda[0-9]"]}}, {"sda"}),
        ({"include": {"match_type": "regexp", "devices": ["sd"]}}, {"sda", "sda1"}),
    ],
)
def test_devices_are_included_and_excluded(scraper: Callable[..., Any], filters: dict[str, Any], devices: set[str]) -> None:
    assert {key[1] for key in points(scraper("disk", **filters).scrape(NOW))} == devices


def test_filesystems_on_devices_are_reported_and_one_that_is_gone_is_a_partial_error(
    scraper: Callable[..., Any], host: Path
) -> None:
    scrape = scraper("filesystem", metrics={"system.filesystem.utilization": {"enabled": True}}).scrape(NOW)
    found = points(scrape)
    places = {key[1:5] for key in found}
    assert places == {
        ("/dev/sda1", "rw", "/", "ext4"),
        ("/dev/sdb1", "ro", "/data two", "xfs"),
        ("tank/pool", "rw", "/pool", "zfs"),
        ("/path", "rw", "/path", "bpf"),
    }, "what has a path for its source, and pools; bind mounts are left out"
    stat = os.statvfs(host)
    root = [found["system.filesystem.usage", "/dev/sda1", "rw", "/", "ext4", state] for state in ("used", "free", "reserved")]
    assert sum(root) == stat.f_blocks * stat.f_frsize
    assert 0 <= found["system.filesystem.utilization", "/dev/sda1", "rw", "/", "ext4"] <= 1
    assert scrape.message == f"failed to read usage at {host}/gone: No such file or directory"
    assert scrape.failed_points == 0


def test_virtual_filesystems_and_bind_mounts_are_reported_when_asked_for(scraper: Callable[..., Any]) -> None:
    only = {"match_type": "strict", "mount_points": ["/proc", "/bound"]}
    found = points(scraper("filesystem", include_virtual_filesystems=True, include_mount_points=only).scrape(NOW))
    assert {key[1:5] for key in found} == {("proc", "rw", "/proc", "proc"), ("/dev/sda1", "rw", "/bound", "ext4")}


def test_load_can_be_divided_by_the_cpus(scraper: Callable[..., Any]) -> None:
    assert points(scraper("load").scrape(NOW)) == {
        ("system.cpu.load_average.1m",): 0.5,
        ("system.cpu.load_average.5m",): 1.0,
        ("system.cpu.load_average.15m",): 1.5,
    }
    assert points(scraper("load", cpu_average=True).scrape(NOW))["system.cpu.load_average.5m",] == 0.5


def test_memory_is_told_by_state(scraper: Callable[..., Any]) -> None:
    found = points(scraper("memory", metrics=all_of("memory")).scrape(NOW))
    usage = {key[1]: value // 1024 for key, value in found.items() if key[0] == "system.memory.usage"}
    assert usage == {"used": 400, "free": 200, "buffered": 50, "cached": 340, "slab_reclaimable": 40, "slab_unreclaimable": 60}
    assert found["system.memory.utilization", "used"] == 0.4
    assert (found["system.memory.limit",], found["system.memory.page_size",]) == (1_024_000, PAGE_SIZE)
    assert (found["system.linux.memory.dirty",], found["system.memory.linux.shared",]) == (7 * 1024, 11 * 1024)
    huge = {key[0].rpartition(".")[2]: value for key, value in found.items() if "hugepages" in key[0] and len(key) == 1}
    assert huge == {"limit": 8, "page_size": 2048 * 1024, "reserved": 1, "surplus": 3}
    assert found["system.memory.linux.hugepages.utilization", "used"] == 0.8


def test_memory_without_the_gate_is_counted_as_it_used_to_be(
    scraper: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from otel_agent.config.featuregates import LINUX_MEM_AVAILABLE, FeatureGates

    gates = FeatureGates()
    gates.set(LINUX_MEM_AVAILABLE, enabled=False)
    monkeypatch.setattr("otel_agent.receivers.host_metrics.scrapers.memory.process_gates", lambda: gates)
    assert points(scraper("memory").scrape(NOW))["system.memory.usage", "used"] == (1000 - 200 - 50 - 340) * 1024


def test_network_has_traffic_by_interface_and_connections_by_state(scraper: Callable[..., Any]) -> None:
    conntrack = {f"system.network.conntrack.{what}": {"enabled": True} for what in ("count", "max")}
    found = points(scraper("network", exclude={"match_type": "strict", "interfaces": ["lo"]}, metrics=conntrack).scrape(NOW))
    assert {key[1] for key in found if key[0] == "system.network.io"} == {"eth0"}
    assert (found["system.network.io", "eth0", "receive"], found["system.network.io", "eth0", "transmit"]) == (2000, 3000)
    assert (found["system.network.errors", "eth0", "receive"], found["system.network.dropped", "eth0", "transmit"]) == (1, 4)
    states = {key[2]: value for key, value in found.items() if key[0] == "system.network.connections"}
    assert (len(states), states["LISTEN"], states["ESTABLISHED"], states["TIME_WAIT"]) == (12, 1, 1, 0)
    assert (found["system.network.conntrack.count",], found["system.network.conntrack.max",]) == (17, 65536)


def test_a_source_that_cannot_be_read_is_a_partial_error(scraper: Callable[..., Any], host: Path) -> None:
    (host / "proc/1/net/dev").unlink()
    scrape = scraper("network").scrape(NOW)
    assert "failed to read network IO stats" in scrape.message
    assert scrape.failed_points == 4
    assert {key[0] for key in points(scrape)} == {"system.network.connections"}


def test_paging_has_swap_operations_and_faults(scraper: Callable[..., Any]) -> None:
    found = points(scraper("paging", metrics=all_of("paging")).scrape(NOW))
    assert found["system.paging.usage", "/dev/sda2", "used"] == 250 * 1024
    assert found["system.paging.utilization", "/dev/sda2", "free"] == 0.75
    assert found["system.paging.operations", "page_out", "major"] == 4 * 4096
    assert (found["system.paging.faults", "major"], found["system.paging.faults", "minor"]) == (4 * 4096, 6 * 4096)


def test_processes_are_counted_by_state(scraper: Callable[..., Any], host: Path) -> None:
    add_process(host, 20, "zombie", state="Z")
    add_process(host, 21, "odd) R (name", state="S")
    found = points(scraper("processes").scrape(NOW))
    assert found == {
        ("system.processes.created",): 4321,
        ("system.processes.count", "sleeping"): 2,
        ("system.processes.count", "zombies"): 1,
        ("system.processes.count", "running"): 2,
        ("system.processes.count", "blocked"): 1,
    }


def test_uptime_is_in_whole_seconds(scraper: Callable[..., Any]) -> None:
    assert points(scraper("system").scrape(NOW)) == {("system.uptime",): 5000.0}


def resource_of(scrape: Scrape, number: int) -> dict[str, Any]:
    return {
        entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in scrape.resources[number].resource.attributes
    }


def test_each_process_is_a_resource_with_its_metrics(scraper: Callable[..., Any], host: Path) -> None:
    add_process(host, 300, "a-very-long-nam", command=("/opt/a-very-long-name", "--serve", "x"))
    enabled = {"process.cgroup": {"enabled": True}, "process.owner": {"enabled": True}}
    scrape = scraper("process", metrics=all_of("process"), resource_attributes=enabled).scrape(NOW)
    assert scrape.message == ""
    assert resource_of(scrape, 1) == {
        "process.pid": 300,
        "process.parent_pid": 1,
        "process.executable.name": "a-very-long-name",
        "process.executable.path": "/opt/a-very-long-name",
        "process.command": "/opt/a-very-long-name",
        "process.command_line": "/opt/a-very-long-name --serve x",
        "process.owner": "ada",
        "process.cgroup": "0::/system.slice",
    }
    assert points(scrape, 1) == {
        ("process.cpu.time", "user"): 150 / CLOCK_TICKS,
        ("process.cpu.time", "system"): 50 / CLOCK_TICKS,
        ("process.cpu.time", "wait"): 25 / CLOCK_TICKS,
        ("process.memory.usage",): 25 * PAGE_SIZE,
        ("process.memory.virtual",): 100 * PAGE_SIZE,
        ("process.memory.utilization",): 100 * 25 * PAGE_SIZE / 1_024_000,
        ("process.disk.io", "read"): 4096,
        ("process.disk.io", "write"): 8192,
        ("process.disk.operations", "read"): 11,
        ("process.disk.operations", "write"): 12,
        ("process.paging.faults", "major"): 2,
        ("process.paging.faults", "minor"): 5,
        ("process.threads",): 3,
        ("process.signals_pending",): 2,
        ("process.open_file_descriptors",): 1,
        ("process.context_switches", "involuntary"): 4,
        ("process.context_switches", "voluntary"): 30,
        ("process.uptime",): 5000 - 100_000 / CLOCK_TICKS,
    }
    started = BOOT * SECOND + 100_000 * SECOND // CLOCK_TICKS
    assert scrape.resources[1].scope_metrics[0].metrics[0].sum.data_points[0].start_time_unix_nano == started


def test_the_share_of_a_process_is_of_all_cpus_since_the_last_scrape(scraper: Callable[..., Any], host: Path) -> None:
    made = scraper("process", metrics={"process.cpu.utilization": {"enabled": True}})
    made.scrape(NOW)
    stat = host / "proc/1/stat"
    stat.write_text(stat.read_text().replace(" 150 50 ", f" {150 + 4 * CLOCK_TICKS} 50 "))
    found = points(made.scrape(NOW + 10 * SECOND))
    assert found["process.cpu.utilization", "user"] == pytest.approx(4 / 10 / 2)
    assert found["process.cpu.utilization", "system"] == 0


def test_a_process_id_that_is_taken_anew_has_no_share_yet(scraper: Callable[..., Any], host: Path) -> None:
    made = scraper("process", metrics={"process.cpu.utilization": {"enabled": True}})
    made.scrape(NOW)
    stat = host / "proc/1/stat"
    stat.write_text(stat.read_text().replace(" 100000 ", " 200000 "))
    assert ("process.cpu.utilization", "user") not in points(made.scrape(NOW + 10 * SECOND))


def test_processes_are_chosen_by_name_and_age(scraper: Callable[..., Any], host: Path) -> None:
    add_process(host, 300, "worker", command=("/opt/worker",))
    scrape = scraper("process", include={"match_type": "regexp", "names": ["^work"]}).scrape(NOW)
    assert [resource_of(scrape, 0)["process.executable.name"]] == ["worker"]
    assert scraper("process", scrape_process_delay="2h").scrape(NOW).resources == []


def test_resources_are_chosen_by_the_value_of_an_attribute(scraper: Callable[..., Any], host: Path) -> None:
    add_process(host, 300, "worker", command=("/opt/worker",), uid=0)
    by_owner = {"process.owner": {"metrics_include": [{"strict": "ada"}]}}
    scrape = scraper("process", resource_attributes=by_owner).scrape(NOW)
    assert [resource_of(scrape, number)["process.pid"] for number in range(len(scrape.resources))] == [1]


def test_what_cannot_be_read_of_a_process_is_an_error_that_can_be_muted(scraper: Callable[..., Any], host: Path) -> None:
    add_process(host, 1, "init", command=("/sbin/init",), uid=77)
    (host / "proc/1/io").write_text("nonsense: many\n")
    scrape = scraper("process").scrape(NOW)
    assert f'error reading username for process "init" (pid 1): no user 77 in {host}/etc/passwd' in scrape.message
    assert "error reading disk usage" in scrape.message
    assert (scrape.error_count, scrape.failed_points) == (2, 1)
    assert ("process.disk.io", "read") not in points(scrape)
    assert scraper("process", mute_process_user_error=True, mute_process_io_error=True).scrape(NOW).message == ""
    assert scraper("process", mute_process_all_errors=True).scrape(NOW).error_count == 0


def test_a_kernel_thread_has_an_empty_path_and_command(scraper: Callable[..., Any], host: Path) -> None:
    (add_process(host, 2, "kthreadd", uid=0) / "exe").unlink()
    scrape = scraper("process", include={"match_type": "strict", "names": ["kthreadd"]}).scrape(NOW)
    assert resource_of(scrape, 0) == {
        "process.pid": 2,
        "process.parent_pid": 1,
        "process.executable.name": "kthreadd",
        "process.executable.path": "",
        "process.command": "",
        "process.command_line": "",
        "process.owner": "root",
    }
    assert scrape.message == ""


def test_a_process_that_has_ended_is_left_out(scraper: Callable[..., Any], host: Path) -> None:
    (host / "proc/400").mkdir()
    scrape = scraper("process").scrape(NOW)
    assert (len(scrape.resources), scrape.message) == (1, "")


def test_processes_beyond_the_most_are_counted(scraper: Callable[..., Any], host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_process(host, 300, "worker", command=("/opt/worker",))
    monkeypatch.setattr("otel_agent.receivers.host_metrics.scrapers.process.MAX_PROCESSES", 1)
    scrape = scraper("process").scrape(NOW)
    assert len(scrape.resources) == 1
    assert "only 1 of 2 processes are read" in scrape.message


def test_a_file_is_read_whole_and_not_beyond_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "large"
    file.write_text("x" * 200_000)
    assert len(read(str(file))) == 200_000
    monkeypatch.setattr("otel_agent.receivers.host_metrics.host.MAX_FILE", 100_000)
    with pytest.raises(ValueError, match="has more than 100000 bytes"):
        read(str(file))


def test_this_host_can_be_scraped() -> None:
    scrapers = {name: {} for name in ScrapersConfig.model_fields}
    for made in make_scrapers(HostMetricsConfig.model_validate({"scrapers": scrapers})):
        scrape = made.scrape(NOW)
        assert scrape.resources or made.name == "disk", made.name


def test_every_metric_of_a_process_can_be_turned_on() -> None:
    metrics = {definition.name: {"enabled": True} for definition in PROCESS}
    assert HostMetricsConfig.model_validate({"scrapers": {"process": {"metrics": metrics}}})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "must specify at least one scraper"),
        ({"scrapers": {"cpu": None}, "collection_interval": "0s"}, "collection_interval must be greater than 0"),
        ({"scrapers": {"cpu": None}, "initial_delay": "-1s"}, "must not be negative"),
        ({"scrapers": {"cpu": None}, "root_path": "host"}, "is not absolute"),
        ({"scrapers": {"gpu": None}}, "gpu"),
        ({"scrapers": {"nfs": None}}, "the scraper nfs is not supported"),
        (
            {"scrapers": {"cpu": {"metrics": {"system.cpu.tim": {"enabled": True}}}}},
            "there is no system.cpu.tim; known: system.cpu.time",
        ),
        (
            {"scrapers": {"cpu": {"metrics": {"system.cpu.time": {"attributes": ["core"]}}}}},
            "has no attribute core; it has cpu, state",
        ),
        ({"scrapers": {"disk": {"include": {"devices": ["sda"]}}}}, "match_type is needed"),
        ({"scrapers": {"process": {"resource_attributes": {"process.name": {"enabled": True}}}}}, "there is no process.name"),
    ],
)
def test_configurations_that_make_no_sense_are_refused(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HostMetricsConfig.model_validate(raw)


def test_a_metric_without_a_block_keeps_its_defaults() -> None:
    config = HostMetricsConfig.model_validate({"scrapers": {"cpu": {"metrics": {"system.cpu.time": None}}, "load": None}})
    assert config.scrapers.load is not None
    assert config.collection_interval == 60
