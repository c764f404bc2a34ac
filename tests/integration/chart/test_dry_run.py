"""A real API server accepts what chart and kustomize make, in each variant."""

import json
from collections.abc import Iterator

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from tests.integration.chart.conftest import NAMESPACE, ROOT, Render
from tests.integration.chart.variants import OTHERS_APIS, VARIANTS

OVERLAYS = ("ha", "namespaced", "no-webhook")


@pytest.fixture(scope="module")
def cluster(apiserver: ApiServer) -> Iterator[ApiServer]:
    """The API server with the namespaces of the variants, which a dry run does not make."""
    names = [name for name in (NAMESPACE, "shop", "web") if not apiserver.kubectl("get", "ns", name, "--ignore-not-found")]
    for name in names:
        apiserver.kubectl("create", "namespace", name)
    yield apiserver
    for name in names:
        apiserver.kubectl("delete", "namespace", name, "--wait=false")


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_api_server_accepts_the_chart(cluster: ApiServer, render: Render, variant: str) -> None:
    objects = [obj for obj in render(VARIANTS[variant]) if not obj["apiVersion"].startswith(OTHERS_APIS)]
    accepted = dry_run(cluster, yaml.safe_dump_all(objects))
    assert len(accepted) == len(objects)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_server_accepts_the_overlay(cluster: ApiServer, overlay: str) -> None:
    text = cluster.kubectl("kustomize", str(ROOT / "manifests" / "overlays" / overlay))
    assert len(dry_run(cluster, text)) == len(list(yaml.safe_load_all(text)))


def test_the_base_is_the_one_file_install(cluster: ApiServer) -> None:
    def key(obj: dict[str, object]) -> str:
        return json.dumps(obj, sort_keys=True)

    built = yaml.safe_load_all(cluster.kubectl("kustomize", str(ROOT / "manifests" / "base")))
    one_file = yaml.safe_load_all((ROOT / "manifests" / "opentelemetry-operator.yaml").read_text())
    assert sorted(map(key, built)) == sorted(map(key, one_file))


def test_the_namespaced_overlay_has_no_object_of_the_cluster(cluster: ApiServer) -> None:
    text = cluster.kubectl("kustomize", str(ROOT / "manifests" / "overlays" / "namespaced"))
    objects = list(yaml.safe_load_all(text))
    assert {obj["metadata"].get("namespace") for obj in objects} == {NAMESPACE}
    roles = {obj["metadata"]["name"]: obj for obj in objects if obj["kind"] == "Role"}
    watched = roles["otel-operator-manager-watched"]["rules"]
    assert not any("customresourcedefinitions" in rule["resources"] for rule in watched)


def dry_run(cluster: ApiServer, text: str) -> list[str]:
    """Return the lines that the API server answered with; an error of kubectl when it refused an object."""
    arguments = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts", "-f", "-")
    return cluster.kubectl(*arguments, stdin=text).splitlines()
