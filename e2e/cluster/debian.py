"""Installs the Debian packages that a provider needs and that are not there yet."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import Progress

# Package -> a program or file it brings. What is there by other means need not come from Debian.
NODE_PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "socat": "socat",
    "iproute2": "ip",
    "mount": "mount",
    "util-linux": "unshare",
}
IMAGE_PACKAGES = {"buildah": "buildah", "mmdebstrap": "mmdebstrap"}
# Where administrators' programs are, even when a user's PATH leaves them out.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def missing(packages: Mapping[str, str]) -> list[str]:
    """Return the packages whose program or file is not there."""
    search = os.pathsep.join([os.environ.get("PATH", ""), SYSTEM_PATH])
    return [
        package
        for package, evidence in packages.items()
        if not (Path(evidence).exists() if evidence.startswith("/") else shutil.which(evidence, path=search))
    ]


def install(packages: Mapping[str, str]) -> None:
    """Install what is missing with apt-get; package lists are refreshed only when the first try fails."""
    wanted = missing(packages)
    if not wanted:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise ClusterError(f"missing programs: install {', '.join(wanted)} (as root: apt-get install {' '.join(wanted)})")
    with Progress(f"install Debian packages {', '.join(wanted)}"):
        if _apt_get("install", "--yes", "--no-install-recommends", *wanted).returncode == 0:
            return
        _apt_get("update", "--quiet")
        done = _apt_get("install", "--yes", "--no-install-recommends", *wanted)
    if done.returncode:
        raise ClusterError(f"apt-get install {' '.join(wanted)} failed:\n{done.stdout[-3000:]}")


def _apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )
