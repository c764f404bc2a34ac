"""Makes the fresh namespaces look like a machine of their own. Runs inside them, before anything else.

Nothing here touches the host: the mounts, the bridge and the routes vanish with the namespaces.
"""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from e2e.cluster.errors import ClusterError
from e2e.cluster.node.configuration import hosts_file, resolv_conf
from e2e.cluster.node.layout import NODE_ADDRESS, NODE_BRIDGE, NODE_PREFIX, Layout

# Folders that the kubelet, containerd and this module write to by fixed names; the host's own content stays visible underneath.
COVERED = (Path("/etc"), Path("/var/lib"), Path("/var/log"))
PRIVATE = Path("/run")


def prepare(layout: Layout) -> bool:
    """Set mounts, names and network up; say whether packets between pods pass netfilter on the bridge."""
    socket.sethostname(layout.node)
    _mounts(layout)
    _names(layout)
    return _network()


def _mounts(layout: Layout) -> None:
    # Otherwise volumes that the kubelet mounts later would not appear in containers.
    _run("mount", "--make-rshared", "/")
    _run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(PRIVATE))
    for folder in COVERED:
        upper, work = (layout.root / "covers" / folder.name / part for part in ("upper", "work"))
        upper.mkdir(parents=True)
        work.mkdir()
        _run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={folder},upperdir={upper},workdir={work}", str(folder))
    _bind(layout.root / "kubelet", Path("/var/lib/kubelet"))


def _names(layout: Layout) -> None:
    for path, content in ((Path("/etc/hosts"), hosts_file(layout)), (Path("/etc/resolv.conf"), resolv_conf())):
        # It may be a link to a file that is hidden now.
        path.unlink(missing_ok=True)
        path.write_text(content)


def _network() -> bool:
    _run("ip", "link", "set", "lo", "up")
    # A bridge without ports is the one interface that every kernel can make; the default route makes it the node's.
    _run("ip", "link", "add", NODE_BRIDGE, "type", "bridge")
    _run("ip", "address", "add", f"{NODE_ADDRESS}/{NODE_PREFIX}", "dev", NODE_BRIDGE)
    _run("ip", "link", "set", NODE_BRIDGE, "up")
    _run("ip", "route", "add", "default", "dev", NODE_BRIDGE)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    filtered = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    if not filtered.exists():
        return False
    filtered.write_text("1")
    return True


def _bind(source: Path, target: Path) -> None:
    source.mkdir(parents=True, exist_ok=True)
    target.mkdir(parents=True, exist_ok=True)
    _run("mount", "--bind", str(source), str(target))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()} (the node provider needs root and these kernel features)")
