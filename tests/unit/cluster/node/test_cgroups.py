from __future__ import annotations

from pathlib import Path

from e2e.cluster.node import cgroups


def hierarchy(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "cgroup.procs").touch()
    return path


def test_version_1_gets_a_folder_in_every_hierarchy(tmp_path: Path) -> None:
    roots = [hierarchy(tmp_path / name) for name in ("cpu", "memory")]
    (tmp_path / "not-a-hierarchy").mkdir()
    cgroups.create("/otel-operator-x", tmp_path)
    assert all((root / "otel-operator-x").is_dir() for root in roots)
    assert not (tmp_path / "not-a-hierarchy" / "otel-operator-x").exists()


def test_removal_takes_everything_below_and_nothing_beside(tmp_path: Path) -> None:
    memory = hierarchy(tmp_path / "memory")
    (memory / "otel-operator-x" / "kubepods" / "pod1").mkdir(parents=True)
    (memory / "otel-operator-y").mkdir()
    cgroups.remove("/otel-operator-x", tmp_path)
    assert not (memory / "otel-operator-x").exists()
    assert (memory / "otel-operator-y").is_dir()
    cgroups.remove("/otel-operator-x", tmp_path)


def test_version_2_is_one_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory\n")
    (tmp_path / "system.slice").mkdir()
    assert cgroups.hierarchies(tmp_path) == [tmp_path]
