import os
from pathlib import Path

import pytest

from otel_agent.workers.cpus import default_workers


@pytest.fixture
def eight_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))


def cgroup(root: Path, membership: str, **files: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(membership)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("limit", "workers"),
    [("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 1), ("3200000 100000", 8), ("nonsense", 1)],
)
def test_the_container_limit_of_version_2_is_rounded_up(tmp_path: Path, eight_cpus: None, limit: str, workers: int) -> None:
    assert default_workers(cgroup(tmp_path, "0::/\n", cpu_DOT_max=f"{limit}\n")) == workers


def test_the_tightest_limit_above_the_process_counts(tmp_path: Path, eight_cpus: None) -> None:
    limits = {"cpu_DOT_max": "800000 100000", "pod__cpu_DOT_max": "300000 100000", "pod__one__cpu_DOT_max": "max 100000"}
    assert default_workers(cgroup(tmp_path, "0::/pod/one\n", **limits)) == 3


@pytest.mark.parametrize(("quota", "workers"), [("250000", 3), ("-1", 1)])
def test_the_quota_of_version_1_counts(tmp_path: Path, eight_cpus: None, quota: str, workers: int) -> None:
    folder = tmp_path / "sys/fs/cgroup/cpu/pod"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text(quota)
    (folder / "cpu.cfs_period_us").write_text("100000")
    assert default_workers(cgroup(tmp_path, "3:cpu,cpuacct:/pod\n5:memory:/\n0::/\n")) == workers


@pytest.mark.parametrize("membership", ["nonsense\n0::/\n", "0::/\n\n", "1:cpu\n0::/\n"])
def test_lines_that_are_not_understood_are_passed_over(tmp_path: Path, eight_cpus: None, membership: str) -> None:
    assert default_workers(cgroup(tmp_path, membership, cpu_DOT_max="200000 100000\n")) == 2


def test_a_cgroup_may_have_a_name_that_is_not_text(tmp_path: Path, eight_cpus: None) -> None:
    root = cgroup(tmp_path, "", cpu_DOT_max="200000 100000\n")
    (root / "proc/self/cgroup").write_bytes(b"0::/pod\xff\n")
    assert default_workers(root) == 2


def test_without_cgroups_there_is_one_worker(tmp_path: Path, eight_cpus: None) -> None:
    assert default_workers(tmp_path) == 1


def test_there_are_not_more_workers_than_cpus_to_run_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3})
    assert default_workers(cgroup(tmp_path, "0::/\n", cpu_DOT_max="400000 100000\n")) == 2
