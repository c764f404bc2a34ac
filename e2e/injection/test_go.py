"""An annotation on a pod, and the eBPF agent beside it sees the calls of a Go program that knows nothing about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import product
from e2e.cluster.errors import ClusterError
from e2e.cluster.session import Cluster
from e2e.injection import manifests
from e2e.injection.arrived import SERVER, Arrived
from e2e.injection.steps import HEADERS, PARENT, TRACE, at_gateway, call, check_injected, open_collectors
from e2e.kubectl import Kubectl, wait_until

AGENT = "opentelemetry-auto-instrumentation"
LOADED = "instrumentation loaded successfully"
KERNEL_TYPES = Path("/sys/kernel/btf/vmlinux")
ANNOTATIONS = {
    f"{manifests.PREFIX}/inject-go": "true",
    f"{manifests.PREFIX}/otel-go-auto-target-exe": "/opt/app/ledger",
}


@pytest.fixture(scope="module")
def allowed(kubectl: Kubectl, installed: None) -> Iterator[None]:
    """The operator as docs/injection.md says it is to be started for Go; afterwards as it was."""
    operator = kubectl.within(product.NAMESPACE)
    for setting in ("ENABLE_GO_AUTO_INSTRUMENTATION=true", "ENABLE_GO_AUTO_INSTRUMENTATION-"):
        operator("set", "env", "deployment", "--all", setting)
        for deployment in operator.items("deployments"):
            operator("rollout", "status", f"deployment/{deployment['metadata']['name']}", "--timeout=90s", timeout=120)
        if setting.endswith("=true"):
            yield


@pytest.fixture(scope="module")
def ledger(cluster: Cluster, kubectl: Kubectl, allowed: None) -> Iterator[Kubectl]:
    """The namespace in which the application runs, its agent loaded into the kernel."""
    if not KERNEL_TYPES.exists():
        pytest.skip(f"this kernel has no {KERNEL_TYPES}, without which eBPF programs cannot be loaded")
    product.load_images(cluster.load, ("go-agent", "ledger"))
    scoped = kubectl.within("injection-of-go")
    scoped.ensure_namespace()
    try:
        scoped.apply(manifests.instrumentation(go={"image": manifests.image("go-agent")}))
        open_collectors(scoped)
        scoped.apply(manifests.application("ledger", None, ANNOTATIONS))
        scoped("wait", "--for=condition=Available", "--timeout=120s", "deployment/ledger", timeout=150)
        check_injected(scoped, "ledger", AGENT)
        wait_until("the agent's probes in the kernel", lambda: LOADED in agent_log(scoped), timeout=60)
        yield scoped
    except ClusterError as error:
        raise ClusterError(f"{error}\n{product.explain(scoped)}") from error
    finally:
        kubectl("delete", "namespace", scoped.namespace, "--wait=false")


def agent_log(kubectl: Kubectl) -> str:
    return kubectl("logs", "deployment/ledger", f"--container={AGENT}")


def server_spans(kubectl: Kubectl) -> list[Arrived]:
    return [item for item in at_gateway(kubectl) if item.kind == SERVER and item.trace_id == TRACE]


def test_the_span_of_an_untouched_go_program_continues_the_callers_trace(ledger: Kubectl) -> None:
    assert json.loads(call(ledger, "ledger", HEADERS))["headers"] == HEADERS
    (span,) = wait_until("the server span at the gateway", lambda: server_spans(ledger), timeout=60, every=2)
    (pod,) = ledger.items("pods", "--selector=app=ledger")
    assert span.parent_id == PARENT
    assert (span.attributes["http.request.method"], span.attributes["url.path"]) == ("GET", "/entry")
    wanted = {
        "service.name": "ledger",
        "service.namespace": ledger.namespace,
        "k8s.namespace.name": ledger.namespace,
        "k8s.deployment.name": "ledger",
        "k8s.pod.name": pod["metadata"]["name"],
        "k8s.node.name": pod["spec"]["nodeName"],
        "telemetry.sdk.language": "go",
    }
    assert {key: span.resource.get(key) for key in wanted} == wanted
