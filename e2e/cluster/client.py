"""Talks to an API server the two ways a test cluster needs: raw GETs for health, kubectl for everything else."""

from __future__ import annotations

import http.client
import os
import ssl
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.certificates import KeyPair
from e2e.cluster.errors import ClusterError

PROBE_SECONDS = 5.0
KUBECTL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks an API server for raw paths as its administrator."""

    url: str
    authority: Path
    client: KeyPair

    def get(self, path: str) -> bytes:
        """Return the body of a 200 answer; any other answer or none is an OSError."""
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(self.client.certificate, self.client.key)
        return http_get(self.url + path, context)


def http_get(url: str, context: ssl.SSLContext | None = None) -> bytes:
    """Return the body of a 200 answer; any other answer, or a connection cut short, is an OSError."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_SECONDS, context=context) as answer:
            body: bytes = answer.read()
            return body
    except http.client.HTTPException as error:
        raise ConnectionError(f"{url}: {error!r}") from error


def kubectl(program: Path, kubeconfig: Path, *arguments: str, stdin: str | None = None, seconds: float = KUBECTL_SECONDS) -> str:
    """Run kubectl and return its standard output; ClusterError carries the command and its standard error."""
    command = [str(program), f"--kubeconfig={kubeconfig}", *arguments]
    # Discovery is cached under the kubeconfig, not in the home folder, where another cluster's stale answers may lie.
    environment = os.environ | {"KUBECACHEDIR": str(kubeconfig.parent / "kubectl-cache")}
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=seconds, env=environment)
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"kubectl {' '.join(arguments)} did not end within {seconds:g} s") from error
    if done.returncode:
        raise ClusterError(f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
