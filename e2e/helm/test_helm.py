"""Install, upgrade from an older chart, test, roll back, uninstall: the real helm, under collectors that must not notice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import product
from e2e.cluster.binaries import ensure
from e2e.cluster.errors import ClusterError
from e2e.cluster.session import Cluster
from e2e.helm.previous import CHART, SHORT_NAME, previous_chart
from e2e.helm.release import Release
from e2e.kubectl import Kubectl, wait_until

SAMPLE = Path(__file__).parents[2] / "manifests" / "samples" / "agent-gateway.yaml"
COLLECTORS = "opentelemetrycollectors.opentelemetry.io"
CRDS = {COLLECTORS, "instrumentations.opentelemetry.io"}
OURS = "--selector=app.kubernetes.io/managed-by=opentelemetry-operator"
MONITORING = "gateway-collector-monitoring"
"""A child of the sample: a Service that no traffic goes through."""


@pytest.fixture
def release(cluster: Cluster, kubectl: Kubectl) -> Iterator[Release]:
    """Helm on a cluster that has the images and no operator, and has none afterwards."""
    release = Release(ensure(["helm"])["helm"], cluster.kubeconfig)
    product.load_images(cluster.load)
    assert not crds(kubectl), "install the chart on a cluster without the one-file install: it makes the same objects"
    yield release
    try:
        release("uninstall", "--ignore-not-found", "--wait")
    finally:
        # Every collector goes with its kind.
        kubectl("delete", "crd", *CRDS, "--ignore-not-found")
        kubectl("delete", "namespace", product.NAMESPACE, "sampled", "--ignore-not-found", "--wait=false")


@pytest.fixture
def sampled(kubectl: Kubectl) -> Kubectl:
    """Kubectl in the namespace of the sample."""
    scoped = kubectl.within("sampled")
    scoped.ensure_namespace()
    return scoped


def crds(kubectl: Kubectl) -> set[str]:
    return {crd["metadata"]["name"] for crd in kubectl.items("crd")} & CRDS


def short_names(kubectl: Kubectl) -> list[str]:
    return list(kubectl.get("crd", COLLECTORS)["spec"]["names"]["shortNames"])


def restarts(kubectl: Kubectl, selector: str) -> dict[str, list[int]]:
    """How often each container of the selected pods was restarted, by the pod's uid: another pod is another uid."""
    return {
        pod["metadata"]["uid"]: [status["restartCount"] for status in pod["status"].get("containerStatuses", [])]
        for pod in kubectl.items("pods", selector)
    }


def operator_pods(kubectl: Kubectl) -> set[str]:
    return set(restarts(kubectl.within(product.NAMESPACE), "--selector=app.kubernetes.io/name=otel-operator"))


def wait_for_the_new_manager(kubectl: Kubectl, sampled: Kubectl, before: set[str]) -> set[str]:
    """Return the operator's pods once none of `before` is left and the manager among them has looked after the sample."""
    wait_until("the end of the release's former pods", lambda: not operator_pods(kubectl) & before, timeout=60)
    sampled("delete", "service", MONITORING)
    wait_until("a deleted child, made again", lambda: sampled.get("service", MONITORING), timeout=60)
    return operator_pods(kubectl)


def test_collectors_run_through_a_releases_life(kubectl: Kubectl, sampled: Kubectl, release: Release, tmp_path: Path) -> None:
    try:
        live(kubectl, sampled, release, tmp_path)
    except ClusterError as error:
        raise ClusterError(f"{error}\n{product.explain(kubectl.within(product.NAMESPACE))}") from error


def live(kubectl: Kubectl, sampled: Kubectl, release: Release, tmp_path: Path) -> None:
    release.ready("install", str(previous_chart(tmp_path)), "--create-namespace")
    assert SHORT_NAME not in short_names(kubectl)
    # Admission answers as soon as helm returns.
    sampled.apply(SAMPLE)
    sampled("wait", "--for=condition=Available", f"{COLLECTORS}/gateway", f"{COLLECTORS}/agent", "--timeout=90s")
    running, programs = restarts(sampled, OURS), operator_pods(kubectl)
    assert len(running) >= 3  # two of the gateway, an agent a node

    release.ready("upgrade", str(CHART))
    assert SHORT_NAME in short_names(kubectl)
    programs = wait_for_the_new_manager(kubectl, sampled, programs)
    assert restarts(sampled, OURS) == running, "an upgrade of the release touched collectors' pods"

    assert "Phase:          Succeeded" in release("test")
    # What a GitOps tool would change: it renders the chart and compares by a server-side dry run.
    rendered = release("template", str(CHART), "--skip-tests")
    assert kubectl.within(product.NAMESPACE)("diff", "--server-side", "--filename=-", stdin=rendered) == ""

    release.ready("rollback", "1")
    assert SHORT_NAME not in short_names(kubectl)
    wait_for_the_new_manager(kubectl, sampled, programs)
    assert restarts(sampled, OURS) == running, "a rollback of the release touched collectors' pods"

    release("uninstall", "--wait")
    assert not kubectl.within(product.NAMESPACE).items(
        "deployments,services,configmaps", "--selector=app.kubernetes.io/instance=otel-operator"
    )
    assert crds(kubectl) == CRDS
    assert {obj["metadata"]["name"] for obj in sampled.items(COLLECTORS)} == {"gateway", "agent"}
    assert restarts(sampled, OURS) == running, "collectors' pods did not outlive the release"
