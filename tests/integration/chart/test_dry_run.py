"""A real API server accepts what chart and kustomize make, in each variant."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from otel_operator.resources.install.names import Installation
from otel_operator.resources.install.rbac import manager_access
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
    (rules,) = [obj["rules"] for obj in objects if obj["kind"] == "Role"]
    given = [rule for obj in manager_access(Installation()) for rule in obj.get("rules", [])]
    assert rules == [rule for rule in given if "customresourcedefinitions" not in rule["resources"]]


@pytest.mark.parametrize("folder", ["base", *(f"overlays/{overlay}" for overlay in OVERLAYS)])
def test_a_kustomization_above_puts_it_into_another_namespace(cluster: ApiServer, folder: str, tmp_path: Path) -> None:
    def namespaces(node: object) -> Iterator[object]:
        """Everything called a namespace, at any depth: of objects, of subjects, of Services that are called."""
        if isinstance(node, dict):
            yield from ([node["namespace"]] if isinstance(node.get("namespace"), str) else [])
            yield from (found for value in node.values() for found in namespaces(value))
        elif isinstance(node, list):
            yield from (found for value in node for found in namespaces(value))

    below = os.path.relpath((ROOT / "manifests" / folder).resolve(), tmp_path.resolve())
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump({"namespace": "elsewhere", "resources": [below]}))
    objects = list(yaml.safe_load_all(cluster.kubectl("kustomize", str(tmp_path))))
    assert set(namespaces(objects)) == {"elsewhere"}


def dry_run(cluster: ApiServer, text: str) -> list[str]:
    """Return the lines that the API server answered with; an error of kubectl when it refused an object."""
    arguments = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts", "-f", "-")
    return cluster.kubectl(*arguments, stdin=text).splitlines()
