"""The CRD of Instrumentations comes after the webhook: pods get them without a restart of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otel_operator.api.crd import build_crds
from tests.integration.webhook.conftest import called_at

RESOURCE = "instrumentations.opentelemetry.io"
REFUSED = "injection.opentelemetry.io/refused"
ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}
INSTRUMENTATION = {"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation", "metadata": {"name": "sdk"}, "spec": {}}
SECONDS = 60


@pytest.fixture
def apply_crd(kubectl: Any, webhook: Any) -> Iterator[Callable[[], None]]:
    """Take the CRD away; return what applies it."""
    (definition,) = [crd for crd in build_crds() if crd["metadata"]["name"] == RESOURCE]

    def apply() -> None:
        text = json.dumps(called_at(definition, webhook.port))
        done = kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)
        assert done.returncode == 0, done.stderr
        done = kubectl("wait", "--for=condition=Established", f"crd/{RESOURCE}", f"--timeout={SECONDS}s")
        assert done.returncode == 0, done.stderr

    done = kubectl("delete", "crd", RESOURCE, "--wait=true")
    assert done.returncode == 0, done.stderr
    yield apply
    apply()


def pod(name: str) -> dict[str, Any]:
    spec = {"containers": [{"name": "app", "image": "app"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "annotations": ASKS}, "spec": spec}


def test_a_pod_gets_the_instrumentation_of_a_crd_that_came_later(
    kubectl: Any, webhook: Any, shop: str, apply_crd: Callable[[], None]
) -> None:
    end = time.monotonic() + SECONDS
    while "instrumentations is not served" not in webhook.log.read_text():
        assert time.monotonic() < end, webhook.log.read_text()
        time.sleep(0.2)
    created = json.loads(kubectl("create", "-n", shop, "-o", "json", "-f", "-", stdin=json.dumps(pod("before"))).stdout)
    assert "NoInstrumentation" in created["metadata"]["annotations"][REFUSED]
    apply_crd()
    number = 0
    end = time.monotonic() + SECONDS
    while True:
        # The kind is served a moment after its definition is established.
        done = kubectl.apply(shop, INSTRUMENTATION)
        if done.returncode == 0:
            break
        assert time.monotonic() < end, done.stderr
        time.sleep(0.5)
    while True:
        number += 1
        text = json.dumps(pod(f"after-{number}"))
        created = json.loads(kubectl("create", "-n", shop, "-o", "json", "-f", "-", stdin=text).stdout)
        if created["spec"].get("initContainers"):
            break
        assert time.monotonic() < end, created
        time.sleep(1)
    assert REFUSED not in created["metadata"]["annotations"]
