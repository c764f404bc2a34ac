"""What the integration tests may rely on: the API server does what a cluster's does, controllers included."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.errors import ClusterError


def eventually(probe: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < deadline, "condition not reached"
        time.sleep(0.1)


def config_map(name: str, owner: dict[str, object] | None = None) -> str:
    metadata: dict[str, object] = {"name": name}
    if owner is not None:
        source = owner["metadata"]
        assert isinstance(source, dict)
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": source["name"], "uid": source["uid"]}
        metadata["ownerReferences"] = [reference]
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


def names(apiserver: ApiServer, namespace: str) -> set[str]:
    listed = json.loads(apiserver.kubectl("get", "configmaps", "-n", namespace, "-o", "json"))
    return {item["metadata"]["name"] for item in listed["items"]}


def test_the_server_tells_its_version(apiserver: ApiServer) -> None:
    assert json.loads(apiserver.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"] == "v1.34.4"


def test_a_service_account_token_authenticates(apiserver: ApiServer, namespace: str) -> None:
    token = apiserver.kubectl("create", "token", "default", "-n", namespace).strip()
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    answer = json.loads(apiserver.kubectl("create", "-f", "-", "-o", "json", stdin=json.dumps(review)))
    assert answer["status"]["user"]["username"] == f"system:serviceaccount:{namespace}:default"


def test_deleting_an_owner_garbage_collects_what_it_owns(apiserver: ApiServer, namespace: str) -> None:
    owner = json.loads(apiserver.kubectl("create", "-n", namespace, "-f", "-", "-o", "json", stdin=config_map("owner")))
    apiserver.kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("owned", owner))
    apiserver.kubectl("delete", "configmap", "owner", "-n", namespace)
    eventually(lambda: "owned" not in names(apiserver, namespace))


def test_a_failing_command_says_what_the_server_said(apiserver: ApiServer, namespace: str) -> None:
    with pytest.raises(ClusterError, match='configmaps "absent" not found'):
        apiserver.kubectl("get", "configmap", "absent", "-n", namespace)


def test_a_restart_keeps_address_and_data(apiserver: ApiServer, namespace: str) -> None:
    apiserver.kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("survivor"))
    before = apiserver.url
    apiserver.restart(kill=True)
    assert apiserver.url == before
    assert "survivor" in names(apiserver, namespace)


def test_with_a_fake_node_a_deployment_becomes_ready(tmp_path: Path) -> None:
    with ApiServer(tmp_path, kwok=True) as server:
        server.kubectl("create", "deployment", "web", "--image=none.invalid/web", "--replicas=2")
        assert "successfully rolled out" in server.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
