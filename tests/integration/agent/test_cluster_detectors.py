"""Detectors of resource_detection against a real API server, with no more rights than their README asks for."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_agent.kube.errors import KubeError
from otel_agent.processors.resource_detection.detectors.cluster import K8sApiDetector, KubeadmDetector, OpenshiftDetector
from otel_agent.processors.resource_detection.kubernetes import KubernetesApi

LOGGER = logging.getLogger("test")
SECONDS = 20


def apply(apiserver: ApiServer, *objects: dict[str, object]) -> None:
    apiserver.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))


@pytest.fixture
def node(apiserver: ApiServer, namespace: str) -> Iterator[str]:
    """A node of the namespace's name; taken away afterwards, so that no DaemonSet of another test counts on it."""
    apply(apiserver, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace}})
    yield namespace
    apiserver.kubectl("delete", "node", namespace)


@pytest.fixture
def api(apiserver: ApiServer, namespace: str, tmp_path: Path) -> KubernetesApi:
    """As a pod with the namespace's default service account has it."""
    (tmp_path / "token").write_text(apiserver.kubectl("create", "token", "default", "-n", namespace))
    (tmp_path / "ca.crt").write_bytes(apiserver.ca_file.read_bytes())
    return KubernetesApi(SECONDS, LOGGER, address=apiserver.url, account=tmp_path)


def permit(apiserver: ApiServer, namespace: str, *rules: dict[str, object]) -> None:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": namespace}
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": namespace}
    group = "rbac.authorization.k8s.io/v1"
    metadata = {"name": namespace}
    apply(
        apiserver,
        {"apiVersion": group, "kind": "ClusterRole", "metadata": metadata, "rules": list(rules)},
        {"apiVersion": group, "kind": "ClusterRoleBinding", "metadata": metadata, "roleRef": role, "subjects": [subject]},
    )


def reading(resource: str, *names: str) -> dict[str, object]:
    return {"apiGroups": [""], "resources": [resource], "verbs": ["get"], "resourceNames": list(names)}


def uid(apiserver: ApiServer, kind: str, name: str) -> str:
    return apiserver.kubectl("get", kind, name, "-o", "jsonpath={.metadata.uid}")


async def test_the_node_and_the_cluster_are_found(apiserver: ApiServer, namespace: str, node: str, api: KubernetesApi) -> None:
    permit(apiserver, namespace, reading("nodes", node), reading("namespaces", "kube-system"))
    assert await K8sApiDetector(api, node, lambda _: True, LOGGER).detect() == {
        "k8s.node.name": node,
        "k8s.node.uid": uid(apiserver, "node", node),
        "k8s.cluster.uid": uid(apiserver, "namespace", "kube-system"),
    }


async def test_without_a_right_to_the_namespace_the_node_is_found(
    apiserver: ApiServer, namespace: str, node: str, api: KubernetesApi
) -> None:
    permit(apiserver, namespace, reading("nodes", node))
    found = await K8sApiDetector(api, node, lambda _: True, LOGGER).detect()
    assert found == {"k8s.node.name": node, "k8s.node.uid": uid(apiserver, "node", node)}


async def test_without_a_right_to_the_node_the_detector_fails(node: str, api: KubernetesApi) -> None:
    with pytest.raises(KubeError, match=f"/api/v1/nodes/{node}: HTTP status 403"):
        await K8sApiDetector(api, node, lambda _: True, LOGGER).detect()


async def test_kubeadm_tells_the_name_of_the_cluster(apiserver: ApiServer, namespace: str, api: KubernetesApi) -> None:
    metadata = {"name": "kubeadm-config", "namespace": "kube-system"}
    data = {"ClusterConfiguration": "apiVersion: kubeadm.k8s.io/v1beta4\nclusterName: main\nkind: ClusterConfiguration\n"}
    apply(apiserver, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    permit(apiserver, namespace, reading("configmaps", "kubeadm-config"), reading("namespaces", "kube-system"))
    assert await KubeadmDetector(api, lambda _: True).detect() == {
        "k8s.cluster.name": "main",
        "k8s.cluster.uid": uid(apiserver, "namespace", "kube-system"),
    }


async def test_a_cluster_that_is_no_openshift_is_none(apiserver: ApiServer, namespace: str, api: KubernetesApi) -> None:
    rule = {"apiGroups": ["config.openshift.io"], "resources": ["infrastructures"], "verbs": ["get"]}
    permit(apiserver, namespace, rule)
    assert await OpenshiftDetector(api).detect() == {}
