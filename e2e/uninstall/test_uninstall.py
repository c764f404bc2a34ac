"""Applying everything twice writes nothing; deleting the install file leaves nothing behind."""

import time
from pathlib import Path

from e2e import product
from e2e.kubectl import Kubectl, wait_until

MANIFESTS = Path(__file__).parents[1] / "demo" / "manifests"


def versions(kubectl: Kubectl) -> dict[str, str]:
    """ResourceVersion of the collectors' objects and of the operator's own, without what moves by itself (Leases, Endpoints)."""
    found = kubectl.items("otelcol,daemonsets,deployments,configmaps,serviceaccounts,services")
    found += kubectl.within(product.NAMESPACE).items(
        "deployments,services,serviceaccounts,roles,rolebindings,poddisruptionbudgets"
    )
    found += kubectl.items("crd,validatingwebhookconfigurations,mutatingwebhookconfigurations,clusterroles,clusterrolebindings")
    return {
        f"{o['kind']}/{o['metadata'].get('namespace', '')}/{o['metadata']['name']}": o["metadata"]["resourceVersion"]
        for o in found
    }


def apply_all(kubectl: Kubectl) -> None:
    kubectl.within(product.NAMESPACE)("apply", "--filename", str(product.INSTALL))
    for name in ("otel-gateway", "otel-agent"):
        kubectl.apply(MANIFESTS / f"{name}.yaml")


def test_applying_everything_again_changes_no_resource_version(namespace: Kubectl) -> None:
    apply_all(namespace)
    for name in ("otel-gateway", "otel-agent"):
        namespace("wait", "--for=condition=Available", f"otelcol/{name}", "--timeout=120s", timeout=150)
    settled = wait_until("a quiet moment", lambda: quiet(namespace), timeout=60)
    apply_all(namespace)
    wait_until("the manager looked at it", lambda: quiet(namespace), timeout=30)
    assert versions(namespace) == settled


def quiet(kubectl: Kubectl) -> dict[str, str]:
    """Return the versions when nothing changed for three seconds, otherwise nothing."""
    before = versions(kubectl)
    time.sleep(3)
    return before if versions(kubectl) == before else {}


def test_delete_of_the_install_file_leaves_nothing_behind(namespace: Kubectl, kubectl: Kubectl) -> None:
    apply_all(namespace)
    namespace("wait", "--for=condition=Available", "otelcol/otel-agent", "--timeout=120s", timeout=150)
    kubectl.within(product.NAMESPACE)("delete", "--filename", str(product.INSTALL), "--timeout=120s", timeout=180)
    operator = kubectl.within(product.NAMESPACE)
    wait_until(
        "nothing of the install file left",
        lambda: (
            not operator("get", "--filename", str(product.INSTALL), "--ignore-not-found", "--output=name", check=False).strip()
        ),
    )
    cluster_wide = "clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations,namespaces"
    assert not kubectl.items(cluster_wide, "--selector=app.kubernetes.io/part-of=otel-operator")
    assert "opentelemetry.io" not in kubectl("get", "crd", "--output=name")
    children = "daemonsets,deployments,configmaps,services,serviceaccounts,pods"
    wait_until(
        "no collectors' objects",
        lambda: not namespace.items(children, "--selector=app.kubernetes.io/managed-by=opentelemetry-operator"),
        timeout=90,
    )
