"""The `kind` provider: a cluster in a container of Docker or Podman, for machines that have one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from e2e.cluster import binaries
from e2e.cluster.client import kubectl
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import Progress, say
from e2e.cluster.provider import ComponentStatus, clusters_dir
from e2e.cluster.waiting import wait_until

READY_SECONDS = 180.0
_ENGINES = ("docker", "podman")
_ANSWER_SECONDS = 20.0


def engine() -> str | None:
    """Return the container engine that answers, or None. A client without its daemon does not count."""
    for program in _ENGINES:
        if shutil.which(program):
            try:
                answer = subprocess.run([program, "info"], capture_output=True, check=False, timeout=_ANSWER_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            if answer.returncode == 0:
                return program
    return None


class KindProvider:
    """A kind cluster; the node image is pulled by the engine, so a registry (or a local copy) is needed once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._root = clusters_dir() / name
        self._node = f"{name}-control-plane"

    def up(self) -> None:
        """See Provider."""
        if self._exists():
            say(f"cluster {self.name} is already up")
        else:
            self._root.mkdir(parents=True, exist_ok=True)
            with Progress(f"kind cluster {self.name}"):
                wait = f"--wait={READY_SECONDS:.0f}s"
                self._kind("create", "cluster", f"--name={self.name}", f"--kubeconfig={self._root / 'kubeconfig'}", wait)
        self._until_ready()

    def down(self) -> None:
        """See Provider."""
        if self._exists():
            self._kind("delete", "cluster", f"--name={self.name}", f"--kubeconfig={self._root / 'kubeconfig'}")
        if self._root.exists():
            shutil.rmtree(self._root)
        say(f"cluster {self.name} is down")

    def status(self) -> list[ComponentStatus]:
        """See Provider: one line for each of the node's pods that make up the control plane."""
        if not self._exists():
            return []
        line = "{range .items[*]}{.metadata.name} {.status.phase}{'\\n'}{end}"
        pods = self._kubectl("get", "pods", "--namespace=kube-system", f"--output=jsonpath={line}")
        rows = [row.split() for row in pods.splitlines()]
        return [ComponentStatus(name, 0, 0.0, "ok" if phase == "Running" else phase) for name, phase in rows]

    def run(self, command: Sequence[str]) -> int:
        """Run the command on this machine with KUBECONFIG set; kind's pod network is inside its container."""
        return subprocess.run(command, check=False, env=os.environ | {"KUBECONFIG": str(self.kubeconfig())}).returncode

    def kubeconfig(self) -> Path:
        """See Provider."""
        if not self._exists():
            raise ClusterError(f"cluster {self.name} is not up: python -m e2e.cluster up --name {self.name}")
        path = self._root / "kubeconfig"
        if not path.exists():
            self._root.mkdir(parents=True, exist_ok=True)
            self._kind("export", "kubeconfig", f"--name={self.name}", f"--kubeconfig={path}")
        return path

    def load(self, archives: Sequence[Path]) -> None:
        """See Provider."""
        for archive in archives:
            self._kind("load", "image-archive", str(archive), f"--name={self.name}")
            say(f"loaded {archive.name}")

    def restart(self, component: str) -> None:
        """See Provider: the kubelet starts a killed static pod again."""
        self.kill(component)
        self._until_ready()

    def kill(self, component: str) -> None:
        """See Provider."""
        self._run([self._engine(), "exec", self._node, "pkill", "-KILL", "-x", component[:15]])

    def _until_ready(self) -> None:
        def ready() -> bool:
            try:
                return bool(self._kubectl("get", "--raw", "/readyz"))
            except ClusterError as error:
                raise ConnectionError(str(error)) from error

        wait_until(f"the API server of kind cluster {self.name}", ready, seconds=READY_SECONDS)

    def _kubectl(self, *arguments: str) -> str:
        return kubectl(binaries.ensure(["kubectl"])["kubectl"], self.kubeconfig(), *arguments, seconds=60)

    def _exists(self) -> bool:
        return self.name in self._kind("get", "clusters").split()

    def _engine(self) -> str:
        found = engine()
        if found is None:
            raise ClusterError("kind needs Docker or Podman, and neither answers: start one, or use --provider node as root")
        return found

    def _kind(self, *arguments: str) -> str:
        program = binaries.ensure(["kind"])["kind"]
        return self._run([str(program), *arguments], {"KIND_EXPERIMENTAL_PROVIDER": self._engine()})

    def _run(self, command: list[str], environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | (environment or {}))
        if done.returncode:
            raise ClusterError(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
        return done.stdout
