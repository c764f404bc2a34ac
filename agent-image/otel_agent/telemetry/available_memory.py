"""Reads how much memory this process may have."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_V1_FILE = "memory.limit_in_bytes"
_V2_FILE = "memory.max"


def available_bytes(root: Path = Path("/")) -> int:
    """Memory that the process may use: the tightest cgroup limit above it (v1 or v2), else the machine's memory."""
    total = _machine_bytes(root)
    return min((limit for limit in _cgroup_limits(root) if limit > 0), default=total)


def _machine_bytes(root: Path) -> int:
    for line in (root / "proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{root}proc/meminfo has no MemTotal line")


def _cgroup_limits(root: Path) -> Iterator[int]:
    """Limits of the process's cgroup and of all above it; a limit above the machine's memory is v1's way to say none."""
    total = _machine_bytes(root)
    for folder, file in _cgroup_folders(root):
        try:
            text = (folder / file).read_text().strip()
        except OSError:
            continue
        if text.isdecimal() and int(text) < total:
            yield int(text)


def _cgroup_folders(root: Path) -> Iterator[tuple[Path, str]]:
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mount = root / "sys/fs/cgroup"
    for line in lines:
        _, controllers, path = line.split(":", 2)
        relative = PurePosixPath(path.lstrip("/"))
        if controllers and "memory" not in controllers.split(","):
            continue
        base, file = (mount / "memory", _V1_FILE) if controllers else (mount, _V2_FILE)
        if ".." in relative.parts:
            relative = PurePosixPath()
        for level in (relative, *relative.parents):
            yield base / level, file
