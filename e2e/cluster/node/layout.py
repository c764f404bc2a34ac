"""Where one node cluster keeps its files, and the addresses everything in it agrees on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

NODE_ADDRESS = "172.30.0.2"
NODE_PREFIX = 24
NODE_BRIDGE = "node0"
POD_RANGE = "10.244.0.0/24"
DNS_ADDRESS = "10.96.0.10"
DNS_DOMAIN = "cluster.local"
PAUSE_IMAGE = "localhost/pause:1"
CNI_PLUGINS = Path("/usr/lib/cni")
# Inside the namespaces /run is private, so containerd can have its usual address.
CONTAINERD_SOCKET = Path("/run/containerd/containerd.sock")


@dataclass(frozen=True, slots=True)
class Layout:
    """Files and names of the cluster ``name`` under ``root``, a folder of its own that `down` removes."""

    name: str
    root: Path

    @property
    def node(self) -> str:
        """The Node object's and the host's name."""
        return f"{self.name}-node"

    @property
    def cgroup(self) -> str:
        """The cgroup under which the kubelet puts every pod."""
        return f"/otel-operator-{self.name}"

    @property
    def pki(self) -> Path:
        """Folder of certificates and keys."""
        return self.root / "pki"

    @property
    def configuration(self) -> Path:
        """Folder of configuration files."""
        return self.root / "configuration"

    @property
    def logs(self) -> Path:
        """Folder with one log per component, and ``supervisor.log``."""
        return self.root / "logs"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; good inside and outside of the namespaces."""
        return self.root / "kubeconfig"

    @property
    def settings(self) -> Path:
        """JSON that `up` hands to the supervisor."""
        return self.root / "settings.json"

    @property
    def ready(self) -> Path:
        """Exists once the cluster is usable."""
        return self.root / "ready"

    @property
    def control(self) -> Path:
        """Unix socket on which the supervisor takes commands; short, as the kernel allows 107 bytes."""
        return self.root / "control"

    @property
    def pid(self) -> Path:
        """Records the process to kill."""
        return self.root / "pid"
