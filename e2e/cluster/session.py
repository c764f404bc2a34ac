"""Opens a cluster by name, with the provider that fits the machine; what the demo and the scenarios work with."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from e2e.cluster import binaries
from e2e.cluster.errors import ClusterError
from e2e.cluster.existing import ExistingProvider
from e2e.cluster.kind import KindProvider, engine
from e2e.cluster.node.provider import NodeProvider
from e2e.cluster.provider import ComponentStatus, Provider, clusters_dir

PROVIDERS: dict[str, Callable[[str], Provider]] = {
    "kind": KindProvider,
    "node": NodeProvider,
    "existing": ExistingProvider,
}
AUTO = "auto"
# A host name, and short enough for the node's name and the control socket's path.
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
_API_SERVER = "kube-apiserver"


def choose(*, engine_answers: bool, root_on_linux: bool) -> str:
    """Return the provider that `auto` means: kind where an engine answers, else a node where root on Linux can make one."""
    if engine_answers:
        return "kind"
    if root_on_linux:
        return "node"
    raise ClusterError(
        "no way to bring a cluster up here: start Docker or Podman (for kind), run as root on Linux (for node), "
        "or point KUBECONFIG at a cluster and use --provider existing"
    )


class Cluster:
    """One named cluster of one provider. Every method raises ClusterError with a remedy."""

    def __init__(self, provider: Provider, kind: str) -> None:
        self.name = provider.name
        self._provider = provider
        self._kind = kind
        self._chosen = clusters_dir() / f"{provider.name}.provider"

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig of its administrator that works on this machine; the cluster must be up."""
        return self._provider.kubeconfig()

    @property
    def kubectl(self) -> Path:
        """A kubectl of the cluster's version, built if missing."""
        return binaries.ensure(["kubectl"])["kubectl"]

    @property
    def can_restart_apiserver(self) -> bool:
        """Whether `restart_apiserver` is possible with this provider."""
        return self._kind != "existing"

    def up(self) -> None:
        """Bring it up, or return at once when it is."""
        self._provider.up()
        # So that later commands find it again when `auto` would choose otherwise by then.
        self._chosen.parent.mkdir(parents=True, exist_ok=True)
        self._chosen.write_text(self._kind)

    def down(self) -> None:
        """End it and remove its state; may be repeated."""
        self._provider.down()
        self._chosen.unlink(missing_ok=True)

    def status(self) -> list[ComponentStatus]:
        """Return its components; an empty list when it is down."""
        return self._provider.status()

    def load(self, *archives: Path) -> None:
        """Make the images in OCI (or docker-save) archives available to pods under the names inside the archives."""
        self._provider.load(archives)

    def run(self, command: Sequence[str]) -> int:
        """Run a command with KUBECONFIG set, in the cluster's own network where the provider has one; return its exit code."""
        return self._provider.run(command)

    def restart(self, component: str) -> None:
        """Restart one component, for example ``kube-apiserver``; return when it is healthy."""
        self._provider.restart(full_name(component))

    def kill(self, component: str) -> None:
        """End one component with SIGKILL. On a node it stays down until `restart`; in kind the kubelet starts it again."""
        self._provider.kill(full_name(component))

    def restart_apiserver(self) -> None:
        """Restart the API server on the same address and data; return when it is ready."""
        self.restart(_API_SERVER)


def full_name(component: str) -> str:
    """Return a component's program name; ``apiserver``, ``scheduler``, ... may leave their prefix out."""
    short = ("apiserver", "controller-manager", "scheduler", "proxy")
    return f"kube-{component}" if component in short else component


def open_cluster(provider: str = AUTO, name: str = "otel") -> Cluster:
    """Return the cluster ``name``, up or not. ``auto`` is the provider it was brought up with, else what the machine can do."""
    if not _NAME.fullmatch(name):
        raise ClusterError(f"cluster name {name!r}: use up to 32 lower-case letters, digits and inner dashes")
    kind = provider
    if kind == AUTO:
        recorded = clusters_dir() / f"{name}.provider"
        kind = recorded.read_text() if recorded.exists() else ""
        root = sys.platform == "linux" and os.geteuid() == 0
        kind = kind or choose(engine_answers=engine() is not None, root_on_linux=root)
    if kind not in PROVIDERS:
        raise ClusterError(f"unknown provider {kind!r}: use {', '.join([AUTO, *PROVIDERS])}")
    return Cluster(PROVIDERS[kind](name), kind)
