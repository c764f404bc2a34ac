"""The Go peer of the admission benchmark as a running program that a real API server asks."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from e2e.cluster import binaries
from e2e.cluster.certificates import Authority
from e2e.cluster.ports import free_ports
from tests.integration.webhook.conftest import Kubectl

SOURCE = Path(__file__).parent / "gowebhook"
CATALOGUE = (binaries.Module("gowebhook", {"gowebhook": "otel-operator/benchmarks/gowebhook"}, folder=SOURCE),)


@contextmanager
def go_webhook(kubectl: Kubectl, folder: Path, labels: dict[str, str], container: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Run the peer for pods with these labels, to which it adds `container`; gives its port and its process id."""
    [port] = free_ports(1)
    authority = Authority(folder / "go-webhook")
    pair = authority.server("server", ["127.0.0.1"])
    added = folder / "container.json"
    added.write_text(json.dumps(container))
    program = binaries.ensure(["gowebhook"], CATALOGUE)["gowebhook"]
    flags = [f"--port={port}", f"--certificate={pair.certificate}", f"--key={pair.key}", f"--container={added}"]
    with (folder / "go-webhook.log").open("wb") as log:
        process = subprocess.Popen([program, *flags], stdout=log, stderr=log)
    try:
        _await(process, port, folder / "go-webhook.log")
        done = kubectl("apply", "-f", "-", stdin=json.dumps(_configuration(port, labels, authority.pair.certificate)))
        if done.returncode:
            raise RuntimeError(done.stderr)
        time.sleep(2)  # The API server looks for changed webhook configurations every second.
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the Go webhook does not serve: {error}\n{log.read_text()}") from error
            time.sleep(0.1)
        else:
            return


def _configuration(port: int, labels: dict[str, str], authority: Path) -> dict[str, Any]:
    webhook = {
        "name": "go.peer.example.com",
        "clientConfig": {
            "url": f"https://127.0.0.1:{port}/mutate-v1-pod",
            "caBundle": base64.b64encode(authority.read_bytes()).decode(),
        },
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        "objectSelector": {"matchLabels": labels},
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "timeoutSeconds": 10,
        "admissionReviewVersions": ["v1"],
    }
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
    return {**kind, "metadata": {"name": "go-peer"}, "webhooks": [webhook]}
