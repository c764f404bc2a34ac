"""An API server of its own with the install manifest applied, and the webhook program run as its ServiceAccount."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.cluster import binaries
from e2e.cluster.apiserver import ApiServer
from e2e.cluster.ports import free_ports
from otel_operator.api.crd import build_crds
from otel_operator.resources.install.manifest import install_objects
from otel_operator.resources.install.names import Installation

INSTALL = Installation()


@dataclass
class Kubectl:
    """Runs kubectl and keeps both of its outputs."""

    program: Path
    kubeconfig: Path

    def __call__(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", *arguments]
        environment = os.environ | {"KUBECACHEDIR": str(self.kubeconfig.parent / "kubectl-cache")}
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=120, env=environment)

    def apply(self, namespace: str, *objects: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        return self("apply", "-n", namespace, "-f", "-", stdin=yaml.safe_dump_all(objects, sort_keys=False))

    def get(self, namespace: str, resource: str, name: str) -> dict[str, Any]:
        done = self("get", "-n", namespace, resource, name, "-o", "json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@dataclass
class RunningWebhook:
    """The program as its own process."""

    process: subprocess.Popen[bytes]
    port: int
    probe_port: int
    metrics_port: int
    log: Path
    killed: bool = False

    def kill(self) -> None:
        """End it without a chance to say goodbye."""
        self.killed = True
        self.process.kill()
        self.process.wait(30)

    def resident_mib(self) -> float:
        return self._memory_mib("VmRSS")

    def peak_mib(self) -> float:
        """Return the most that was resident so far."""
        return self._memory_mib("VmHWM")

    def _memory_mib(self, name: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(name))

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as answer:
            text: bytes = answer.read()
            return text.decode()


@pytest.fixture(scope="package")
def apiserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server apart from the other tests': it has our CRDs, whose conversion calls the program of this package."""
    with ApiServer(tmp_path_factory.mktemp("webhook-apiserver")) as server:
        yield server


@pytest.fixture(scope="package")
def kubectl(apiserver: ApiServer) -> Kubectl:
    return Kubectl(binaries.ensure(["kubectl"])["kubectl"], apiserver.kubeconfig)


@pytest.fixture(scope="package")
def webhook(apiserver: ApiServer, kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWebhook]:
    """The install manifest applied, its registrations turned to the program that runs here, ready."""
    with installed(apiserver, kubectl, tmp_path_factory.mktemp("webhook-program")) as running:
        yield running


@contextmanager
def installed(apiserver: ApiServer, kubectl: Kubectl, folder: Path) -> Iterator[RunningWebhook]:
    """Apply the manifest and run the program; `folder` takes its log and kubeconfig."""
    [port] = free_ports(1)
    objects = [called_at(obj, port) for obj in install_objects(INSTALL, build_crds())]
    done = kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    assert done.returncode == 0, done.stderr
    with replica(apiserver, kubectl, folder, port) as running:
        yield running


@contextmanager
def replica(
    apiserver: ApiServer,
    kubectl: Kubectl,
    folder: Path,
    port: int,
    *,
    through: str = "",
    flags: Sequence[str] = (),
    awaited: Callable[[RunningWebhook], None] | None = None,
) -> Iterator[RunningWebhook]:
    """Run the program of an installation whose manifest is applied; several of them share its certificate.

    `through`: URL of a door before the API server. `flags`: more of the command line.
    `awaited` returns when the replica can be used, by default when it is ready.
    """
    probe_port, metrics_port = free_ports(2)
    arguments = [
        f"--kubeconfig={service_account_kubeconfig(apiserver, kubectl, folder, through)}",
        f"--webhook-port={port}",
        "--webhook-host=127.0.0.1",
        f"--health-probe-addr=127.0.0.1:{probe_port}",
        f"--metrics-addr=127.0.0.1:{metrics_port}",
        f"--namespace={INSTALL.namespace}",
        "--certificate-host=127.0.0.1",
        "--shutdown-delay=0",
        *flags,
    ]
    log = folder / "webhook.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "otel_operator", "webhook", *arguments], stdout=output, stderr=output)
    running = RunningWebhook(process, port, probe_port, metrics_port, log)
    try:
        (awaited or wait_until_ready)(running)
        yield running
    finally:
        process.terminate()
        process.wait(30)
    assert process.returncode == (-signal.SIGKILL if running.killed else 0), log.read_text()


@pytest.fixture
def shop(webhook: RunningWebhook, namespace: str) -> str:
    """A namespace in which the webhook serves."""
    return namespace


@pytest.fixture
def lenient(kubectl: Kubectl) -> Callable[[], AbstractContextManager[None]]:
    """Return a context in which nothing is validated, as when an object was stored before its rule existed."""

    @contextmanager
    def validation_off() -> Iterator[None]:
        resource = ("validatingwebhookconfiguration", INSTALL.validating_configuration)
        hooks = json.loads(kubectl("get", *resource, "-o", "json").stdout)["webhooks"]
        _set_hooks(kubectl, resource, [])
        try:
            yield
        finally:
            _set_hooks(kubectl, resource, hooks)

    return validation_off


def _set_hooks(kubectl: Kubectl, resource: tuple[str, str], hooks: list[dict[str, Any]]) -> None:
    done = kubectl("patch", *resource, "--type=merge", "-p", json.dumps({"webhooks": hooks}))
    assert done.returncode == 0, done.stderr
    time.sleep(1)  # the API server follows its own registrations through a watch that nothing outside can observe


@pytest.fixture
def collector() -> Callable[..., dict[str, Any]]:
    """Build a v1beta1 collector with a working configuration; keyword arguments are further `spec` fields."""

    def build(name: str = "gateway", **spec: Any) -> dict[str, Any]:
        config = {
            "receivers": {"otlp": {"protocols": {"grpc": {}}}},
            "exporters": {"debug": {}},
            "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
        }
        return {
            "apiVersion": "opentelemetry.io/v1beta1",
            "kind": "OpenTelemetryCollector",
            "metadata": {"name": name},
            "spec": {"config": config, **spec},
        }

    return build


def called_at(obj: dict[str, Any], port: int) -> dict[str, Any]:
    """Return `obj` with each `clientConfig.service` replaced by a URL on this machine."""
    copied: dict[str, Any] = json.loads(json.dumps(obj))
    for hook in copied.get("webhooks", []):
        hook["clientConfig"] = local_client_config(hook["clientConfig"], port)
    conversion = copied.get("spec", {}).get("conversion", {}).get("webhook")
    if conversion:
        conversion["clientConfig"] = local_client_config(conversion["clientConfig"], port)
    return copied


def local_client_config(client_config: dict[str, Any], port: int) -> dict[str, str]:
    return {"url": f"https://127.0.0.1:{port}{client_config['service']['path']}"}


def service_account_kubeconfig(apiserver: ApiServer, kubectl: Kubectl, folder: Path, through: str = "") -> Path:
    """Write a kubeconfig that has the webhook's own rights and no others; `through`: URL to use instead of the server's own."""
    token = kubectl("create", "token", INSTALL.webhook, "-n", INSTALL.namespace).stdout.strip()
    config = yaml.safe_load(apiserver.kubeconfig.read_text())
    if through:
        config["clusters"][0]["cluster"] = {"server": through}
    config["users"][0]["user"] = {"token": token}
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
    return path


def wait_until_ready(running: RunningWebhook, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        assert running.process.poll() is None, running.log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{running.probe_port}/readyz", timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline, running.log.read_text()
            time.sleep(0.1)
        else:
            return
