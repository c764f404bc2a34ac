"""A real API server with the CRDs of Argo CD and Flux takes the objects of manifests/gitops, field by field."""

from pathlib import Path

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.errors import ClusterError
from tests.integration.manifests.published_crds import ARGO_CD, FLUX, crds

GITOPS = Path(__file__).resolve().parents[3] / "manifests" / "gitops"
FILES = {
    "argo-cd/applications.yaml": 2,
    "argo-cd/chart.yaml": 1,
    "flux/operator.yaml": 2,
    "flux/chart.yaml": 2,
    "flux/collectors.yaml": 2,
}
"""Files with objects of these tools, and how many are in each."""


@pytest.fixture(scope="module")
def server(apiserver: ApiServer, pytestconfig: pytest.Config) -> ApiServer:
    """The API server with the tools' CRDs and the namespaces that they are installed in."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        published = [*crds(ARGO_CD), *crds(FLUX)]
    apiserver.kubectl("apply", "--server-side", "--filename=-", stdin=yaml.safe_dump_all(published))
    for crd in published:
        apiserver.wait_established(crd["metadata"]["name"])
    for name in ("argocd", "flux-system"):
        text = yaml.safe_dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        apiserver.kubectl("apply", "--server-side", "--filename=-", stdin=text)
    return apiserver


def dry_run(server: ApiServer, text: str) -> list[str]:
    """Lines of a strict server-side dry run; an unknown or wrong field fails it."""
    command = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-")
    return server.kubectl(*command, stdin=text).splitlines()


@pytest.mark.parametrize("file", FILES)
def test_the_tools_crds_take_every_object(server: ApiServer, file: str) -> None:
    assert len(dry_run(server, (GITOPS / file).read_text())) == FILES[file]


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("argo-cd/chart.yaml", "releaseName:", "release:"),
        ("flux/operator.yaml", "newTag:", "tag:"),
        ("flux/chart.yaml", "createNamespace:", "makeNamespace:"),
    ],
)
def test_a_field_that_the_tools_do_not_know_is_noticed(server: ApiServer, file: str, right: str, wrong: str) -> None:
    text = (GITOPS / file).read_text()
    assert right in text
    with pytest.raises(ClusterError, match=rf"\.{wrong.rstrip(':')}: field not declared in schema"):
        dry_run(server, text.replace(right, wrong))


def test_no_file_is_left_out() -> None:
    """argocd-cm.yaml and collectors/ hold objects of Kubernetes and of ours; test_dry_run has them."""
    assert {str(path.relative_to(GITOPS)) for tool in ("argo-cd", "flux") for path in (GITOPS / tool).glob("*.yaml")} == {
        *FILES,
        "argo-cd/argocd-cm.yaml",
    }
