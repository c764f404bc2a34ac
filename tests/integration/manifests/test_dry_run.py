"""A real API server takes all that is in manifests/, field by field; test_gitops_objects has the objects of GitOps tools."""

from pathlib import Path

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer

ROOT = Path(__file__).resolve().parents[3]
MANIFESTS = ROOT / "manifests"
SAMPLES = sorted(path for path in (MANIFESTS / "samples").glob("*.yaml") if path.name != "kustomization.yaml")


@pytest.fixture(scope="module")
def server(apiserver: ApiServer) -> ApiServer:
    """The API server with our CRDs and the namespaces that manifests name."""
    crds = sorted((ROOT / "crds").glob("*.yaml"))
    for crd in crds:
        apiserver.kubectl("apply", "--server-side", "--force-conflicts", f"--filename={crd}")
        apiserver.wait_established(yaml.safe_load(crd.read_text())["metadata"]["name"])
    for name in ("otel-operator-system", "telemetry", "argocd"):
        text = yaml.safe_dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        apiserver.kubectl("apply", "--server-side", "--filename=-", stdin=text)
    return apiserver


def dry_run(server: ApiServer, *source: str) -> str:
    """Output of a strict server-side dry run; an unknown or wrong field fails it."""
    return server.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", *source)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_taken_by_itself(server: ApiServer, namespace: str, path: Path) -> None:
    output = dry_run(server, f"--filename={path}", f"--namespace={namespace}")
    assert len(output.splitlines()) == len(list(yaml.safe_load_all(path.read_text())))


@pytest.mark.parametrize("folder", ["samples", "grafana"])
def test_a_kustomization_is_taken_in_a_namespace_of_ones_choice(server: ApiServer, namespace: str, folder: str) -> None:
    assert "serverside-applied" in dry_run(server, f"--kustomize={MANIFESTS / folder}", f"--namespace={namespace}")


@pytest.mark.parametrize(
    "source",
    [
        f"--filename={MANIFESTS / 'opentelemetry-operator.yaml'}",
        f"--kustomize={MANIFESTS / 'gitops' / 'collectors'}",
        f"--filename={MANIFESTS / 'gitops' / 'argo-cd' / 'argocd-cm.yaml'}",
    ],
    ids=["install", "gitops collectors", "argocd-cm"],
)
def test_what_names_its_own_namespace_is_taken(server: ApiServer, source: str) -> None:
    assert "serverside-applied" in dry_run(server, source)
