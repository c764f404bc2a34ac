"""How many workers suit this machine: the CPU limit of the container."""

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MOST = 256
"""More workers than this are a mistake."""


def default_workers(root: Path = Path("/")) -> int:
    """Return the tightest CPU limit of the process's cgroups, rounded up, at most the CPUs it may use; 1 without a limit.

    Without a limit the collector shares the machine with others, as an agent on a node does, and takes one CPU at most.
    """
    limit = min(_limits(root), default=1.0)
    return max(1, min(math.ceil(limit), len(os.sched_getaffinity(0)), MOST))


def _limits(root: Path) -> Iterator[float]:
    """CPUs that each cgroup at and above the process's own allows, where it limits them."""
    for folder, version in _folders(root):
        try:
            if version == 2:
                quota, period = (folder / "cpu.max").read_text().split()
            else:
                quota = (folder / "cpu.cfs_quota_us").read_text().strip()
                period = (folder / "cpu.cfs_period_us").read_text().strip()
        except (OSError, ValueError):
            continue
        if quota.isdecimal() and period.isdecimal() and int(period) > 0:  # no limit is "max" in version 2 and -1 in version 1
            yield int(quota) / int(period)


def _folders(root: Path) -> Iterator[tuple[Path, int]]:
    try:
        lines = (root / "proc/self/cgroup").read_text(errors="replace").splitlines()
    except OSError:
        return
    mount = root / "sys/fs/cgroup"
    for line in lines:
        _, _, membership = line.partition(":")
        controllers, colon, path = membership.partition(":")
        if not colon or (controllers and "cpu" not in controllers.split(",")):
            continue  # what is not understood limits nothing: the collector shall start
        relative = PurePosixPath(path.lstrip("/"))
        if ".." in relative.parts:
            relative = PurePosixPath()
        base = mount / "cpu" if controllers else mount
        for level in (relative, *relative.parents):
            yield base / level, 1 if controllers else 2
