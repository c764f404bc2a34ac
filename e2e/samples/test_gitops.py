"""The GitOps folder, applied as a GitOps tool does, stays as it was applied: nothing of ours fights over a field."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.kubectl import Kubectl
from e2e.product import INSTALL, NAMESPACE

COLLECTORS = Path(__file__).parents[2] / "manifests" / "gitops" / "collectors"
OWNED = {NAMESPACE: ("--filename", str(INSTALL)), "telemetry": ("--kustomize", str(COLLECTORS))}
"""What the Argo CD Applications and the Flux Kustomizations name, by the namespace of its objects."""


WAYS = {"client-side": (), "server-side": ("--server-side",)}
"""As people apply, and as GitOps tools do after them: without force, so a field that has another value there fails the test."""


def apply(kubectl: Kubectl, way: str) -> None:
    for name, part in OWNED.items():
        kubectl.within(name)("apply", *WAYS[way], *part)


def difference(kubectl: Kubectl, way: str) -> str:
    """What `kubectl diff` would change: it writes nothing and succeeds where that is nothing, else this raises KubectlError."""
    return "".join(kubectl.within(name)("diff", *WAYS[way], *part) for name, part in OWNED.items())


@pytest.mark.parametrize("way", WAYS)
def test_diff_after_apply_is_empty_twice(kubectl: Kubectl, installed: None, request: pytest.FixtureRequest, way: str) -> None:
    apply(kubectl, way)
    telemetry = kubectl.within("telemetry")
    telemetry("wait", "--for=condition=Available", "otelcol/gateway", "--timeout=120s", timeout=150)
    assert difference(kubectl, way) == ""
    time.sleep(request.config.getoption("--apart"))
    assert difference(kubectl, way) == ""


@pytest.fixture(scope="module", autouse=True)
def removal(kubectl: Kubectl) -> Iterator[None]:
    """The collectors' namespace goes with the last test."""
    yield
    kubectl("delete", "namespace", "telemetry", "--ignore-not-found", "--wait=false")
