"""The `existing` provider: whatever cluster the current kubeconfig context names. It is used, never started or ended."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from e2e.cluster import binaries
from e2e.cluster.client import kubectl
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import say
from e2e.cluster.provider import ComponentStatus


class ExistingProvider:
    """A cluster that somebody else runs."""

    def __init__(self, name: str) -> None:
        self.name = name

    def up(self) -> None:
        """Check that the cluster answers."""
        self._ready()
        say(f"using the cluster of {self.kubeconfig()}")

    def down(self) -> None:
        """Leave the cluster as it is."""
        say(f"the cluster of {self.kubeconfig()} is not ours to end; nothing done")

    def status(self) -> list[ComponentStatus]:
        """See Provider: the API server is all that can be asked."""
        self._ready()
        return [ComponentStatus("kube-apiserver", 0, 0.0, "ok")]

    def run(self, command: Sequence[str]) -> int:
        """Run the command on this machine: pods and Services are reached only as far as the network allows."""
        return subprocess.run(command, check=False, env=os.environ | {"KUBECONFIG": str(self.kubeconfig())}).returncode

    def kubeconfig(self) -> Path:
        """Return the first existing file of $KUBECONFIG, else ~/.kube/config."""
        listed = [Path(entry) for entry in os.environ.get("KUBECONFIG", "").split(os.pathsep) if entry]
        for path in [*listed, Path.home() / ".kube" / "config"]:
            if path.exists():
                return path.absolute()
        raise ClusterError("no kubeconfig: set KUBECONFIG, or use --provider node or kind")

    def load(self, archives: Sequence[Path]) -> None:
        """Tell what to push: a foreign cluster's nodes take images from their registries only."""
        for archive in archives:
            say(f"push the image in {archive} to a registry that this cluster can pull from, for example:")
            say(f"  skopeo copy oci-archive:{archive} docker://<registry>/<image>:<tag>")

    def restart(self, component: str) -> None:
        """Refuse."""
        raise ClusterError(f"{component} of an existing cluster is not ours to restart: use --provider node")

    def kill(self, component: str) -> None:
        """Refuse."""
        raise ClusterError(f"{component} of an existing cluster is not ours to kill: use --provider node")

    def _ready(self) -> None:
        program = binaries.ensure(["kubectl"])["kubectl"]
        kubectl(program, self.kubeconfig(), "get", "--raw", "/readyz", seconds=30)
