"""The one thing of a node that is visible on the host: its cgroup folders. Made before, removed after.

Works with version 1 (one hierarchy per controller) and version 2 (one for all).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def hierarchies(root: Path = ROOT) -> list[Path]:
    """Return the mount points of the machine's cgroup hierarchies."""
    if (root / "cgroup.controllers").exists():
        return [root]
    return sorted(path for path in root.iterdir() if (path / "cgroup.procs").exists() and not path.is_symlink())


def create(cgroup: str, root: Path = ROOT) -> None:
    """Make the folder in every hierarchy; the kubelet insists that its root exists."""
    for hierarchy in hierarchies(root):
        folder = hierarchy / cgroup.lstrip("/")
        folder.mkdir(exist_ok=True)
        if hierarchy == root:
            for parent in (hierarchy, folder):
                _delegate(parent)


def remove(cgroup: str, root: Path = ROOT) -> None:
    """Remove the folder and everything under it from every hierarchy; OSError while a process is left in it."""
    for hierarchy in hierarchies(root):
        folder = hierarchy / cgroup.lstrip("/")
        if folder.exists():
            for path, _, _ in os.walk(folder, topdown=False):
                Path(path).rmdir()


def _delegate(folder: Path) -> None:
    """Let children of a version 2 cgroup use every controller that it has; one that refuses is not needed."""
    for controller in (folder / "cgroup.controllers").read_text().split():
        with contextlib.suppress(OSError):
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")
