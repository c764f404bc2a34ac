"""The manager does its work with the permissions that the install file gives it, bound to one namespace only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.resources.install.names import Installation
from otel_operator.resources.install.rbac import manager_access

Builder = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]
RBAC = "rbac.authorization.k8s.io"


@pytest.fixture
def kubeconfig(cluster: Any, tmp_path: Path) -> Path:
    """That of a ServiceAccount with the manager's rules in the test's namespace and nowhere else."""
    rules = [rule for obj in manager_access(Installation()) for rule in obj.get("rules", [])]
    metadata = {"name": "manager", "namespace": cluster.namespace}
    subject = {"kind": "ServiceAccount", **metadata}
    cluster.apply(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "manager"},
            "subjects": [subject],
        },
    )
    config = yaml.safe_load(cluster.server.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": cluster.kubectl("create", "token", "manager").strip()}
    path = tmp_path / "manager.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


def test_rights_in_one_namespace_are_enough_to_watch_it(
    cluster: Any, collector: Builder, eventually: Eventually, start_manager: Callable[..., Any], kubeconfig: Path
) -> None:
    manager = start_manager(kubeconfig)
    eventually(lambda: "cache filled" in manager.log, 15)
    cluster.apply(collector("x"))
    eventually(lambda: cluster.condition("x", "Ready").get("status") == "True")
    cluster.kubectl("scale", "deployment/x-collector", "--replicas=4")
    eventually(lambda: cluster.get("deployment")[0]["spec"]["replicas"] == 1, 5)
    broken = collector("y")
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["missing"]
    cluster.apply(broken)
    eventually(lambda: any(event["reason"] == "ConfigInvalid" for event in cluster.get("events.events.k8s.io")))
    assert "403" not in manager.log
