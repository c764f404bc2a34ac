"""The program of `helm test` against a real API server and the real webhook program."""

import runpy
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.certificates import Authority
from e2e.cluster.ports import free_ports
from e2e.cluster.waiting import wait_until
from tests.integration.chart.conftest import CHART, ROOT


@pytest.fixture
def verify() -> dict[str, Any]:
    return runpy.run_path(str(CHART / "files" / "verify.py"), run_name="verify")


@pytest.fixture
def account(apiserver: ApiServer, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a pod of a ServiceAccount without any right finds."""
    apiserver.kubectl("create", "serviceaccount", "nobody", "-n", namespace)
    (tmp_path / "token").write_text(apiserver.kubectl("create", "token", "nobody", "-n", namespace).strip())
    (tmp_path / "ca.crt").write_bytes(apiserver.ca_file.read_bytes())
    address = urlsplit(apiserver.url)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(address.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(address.port))
    return tmp_path


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[str]:
    """Address of a webhook that serves collectors, without a cluster."""
    pair = Authority(tmp_path / "pki").server("webhook", ["127.0.0.1"])
    port, probes, metrics = free_ports(3)
    command = [sys.executable, "-m", "otel_operator", "webhook", "--pod-injection=false", "--shutdown-delay=0"]
    command += [f"--webhook-port={port}", "--webhook-host=127.0.0.1", f"--health-probe-addr=127.0.0.1:{probes}"]
    command += [f"--metrics-addr=127.0.0.1:{metrics}", f"--tls-cert-file={pair.certificate}", f"--tls-key-file={pair.key}"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:

        def ready() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{probes}/readyz", timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        wait_until("the webhook's readiness", ready, seconds=60)
        yield f"127.0.0.1:{port}"
        process.terminate()


def test_an_account_without_rights_sees_the_kinds_that_are_served(
    apiserver: ApiServer, verify: dict[str, Callable[..., Any]], account: Path
) -> None:
    for path in sorted((ROOT / "crds").glob("*.yaml")):
        crd = yaml.safe_load(path.read_text())
        crd["spec"]["conversion"] = {"strategy": "None"}
        apiserver.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=yaml.safe_dump(crd))
        apiserver.wait_established(crd["metadata"]["name"])
    wait_until("the kinds in discovery", lambda: verify["kinds_served"](account) >= {"opentelemetrycollectors"}, seconds=30)
    assert verify["kinds_served"](account) >= {"opentelemetrycollectors", "instrumentations"}


def test_the_webhook_is_seen_to_refuse_what_is_wrong(verify: dict[str, Callable[..., Any]], webhook: str) -> None:
    assert verify["webhook_answers"](webhook)
    with pytest.raises(OSError, match="refused"):
        verify["webhook_answers"](f"127.0.0.1:{free_ports(1)[0]}")
