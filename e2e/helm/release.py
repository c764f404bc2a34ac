"""Helm as a value: the release of our chart in one cluster."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.errors import ClusterError
from e2e.product import NAMESPACE

NAME = "otel-operator"
READY_SECONDS = 90
"""How long helm waits for Deployments: two of them, whose pods are replaced one after the other."""


@dataclass(frozen=True, slots=True)
class Release:
    """Runs helm for the release that docs/install.md makes."""

    binary: Path
    kubeconfig: Path

    def __call__(self, verb: str, *arguments: str) -> str:
        """Run a verb on the release and return helm's output; ClusterError with what it complained of."""
        command = [str(self.binary), verb, NAME, *arguments, f"--namespace={NAMESPACE}", f"--kubeconfig={self.kubeconfig}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=READY_SECONDS + 30)
        except subprocess.TimeoutExpired as error:
            raise ClusterError(f"helm {verb}: no end within {READY_SECONDS + 30} s") from error
        if done.returncode:
            raise ClusterError(f"helm {verb}: {done.stderr.strip()}\n{done.stdout.strip()}")
        return done.stdout

    def ready(self, verb: str, *arguments: str) -> str:
        """Run a verb that changes the release and wait until its pods are ready."""
        return self(verb, *arguments, "--wait", f"--timeout={READY_SECONDS}s")
