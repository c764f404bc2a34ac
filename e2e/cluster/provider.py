"""What every way of having a cluster can do, whoever runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from e2e.cluster.cache import cache_dir


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """One line of `status`; ``pid`` is 0 where a component is not a process of this machine, ``age`` is in seconds."""

    name: str
    pid: int
    age: float
    health: str


class Provider(Protocol):
    """One cluster. Every method raises ClusterError with a remedy; `up` and `down` may be repeated."""

    name: str

    def up(self) -> None:
        """Bring the cluster up, installing and building what is missing; return when it can run pods."""

    def down(self) -> None:
        """End the cluster and remove its state; built things stay cached."""

    def status(self) -> list[ComponentStatus]:
        """Return the components; an empty list when the cluster is down."""

    def run(self, command: Sequence[str]) -> int:
        """Run a command where it can reach pods and Services (as far as the provider can), with KUBECONFIG set."""

    def kubeconfig(self) -> Path:
        """Return a kubeconfig that works on this machine."""

    def load(self, archives: Sequence[Path]) -> None:
        """Make the images of OCI archives available to pods."""

    def restart(self, component: str) -> None:
        """Restart one component and wait until it is healthy."""

    def kill(self, component: str) -> None:
        """Kill one component with SIGKILL."""


def clusters_dir() -> Path:
    """Return the folder with one folder of state per cluster name."""
    return cache_dir() / "clusters"
