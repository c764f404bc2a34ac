"""kubectl as a value: which cluster, which namespace, and waiting on conditions. Used by the demo and by the scenarios."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from e2e.cluster.errors import ClusterError

T = TypeVar("T")


class KubectlError(ClusterError):
    """kubectl ended with an error; the message is what it wrote."""


class NotYetError(ClusterError):
    """A condition did not come true in time; the message says what was seen last."""


@dataclass(frozen=True, slots=True)
class Kubectl:
    """Runs kubectl against one cluster."""

    binary: Path
    kubeconfig: Path
    namespace: str = "default"

    def within(self, namespace: str) -> "Kubectl":
        """Return the same cluster with another namespace."""
        return replace(self, namespace=namespace)

    def __call__(self, *arguments: str, stdin: str | None = None, check: bool = True, timeout: float = 120) -> str:
        """Run kubectl, return its standard output; KubectlError with its standard error if it fails (unless `check` is off)."""
        command = [str(self.binary), f"--kubeconfig={self.kubeconfig}", f"--namespace={self.namespace}", *arguments]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise KubectlError(f"kubectl {' '.join(arguments)}: no answer within {timeout:.0f} s") from error
        if check and done.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout if check else done.stdout + done.stderr

    def get(self, *arguments: str) -> dict[str, Any]:
        """`kubectl get … -o json` as a dictionary; empty when the object does not exist."""
        text = self("get", *arguments, "--ignore-not-found", "--output=json")
        return dict(json.loads(text)) if text.strip() else {}

    def items(self, *arguments: str) -> list[dict[str, Any]]:
        """`kubectl get` of a list."""
        return list(self.get(*arguments).get("items", []))

    def apply(self, manifest: Path | dict[str, Any] | list[dict[str, Any]]) -> str:
        """Apply a file or objects, client-side, as most people do."""
        if isinstance(manifest, Path):
            return self("apply", "--filename", str(manifest))
        objects = manifest if isinstance(manifest, list) else [manifest]
        return self("apply", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def ensure_namespace(self) -> None:
        """Create this namespace unless it is there."""
        if not self.get("namespace", self.namespace):
            self("create", "namespace", self.namespace)


def wait_until(what: str, probe: Callable[[], T], *, timeout: float = 60, every: float = 0.5) -> T:
    """Call `probe` until it returns something true, and return that. NotYetError with the last value or error when time is up."""
    deadline = time.monotonic() + timeout
    while True:
        seen: object
        try:
            value = probe()
        except ClusterError as error:
            seen = error
        else:
            if value:
                return value
            seen = value
        if time.monotonic() > deadline:
            raise NotYetError(f"{what}: not within {timeout:.0f} s; last seen: {seen!r}")
        time.sleep(every)
