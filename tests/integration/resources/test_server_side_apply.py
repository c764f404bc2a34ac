"""A real API server takes every child as it is built, and the second apply of the same objects changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_operator.components.defaulting import default_collector
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings

RICH: dict[str, Any] = {
    "replicas": 2,
    "args": {"feature-gates": "+x"},
    "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}, "requests": {"memory": "0.5Gi"}},
    "env": [{"name": "A", "value": "b"}],
    "envFrom": [{"configMapRef": {"name": "env"}}],
    "ports": [
        {"name": "web", "port": 80, "targetPort": "otlp-http", "hostPort": 8080},
        {"name": "dns", "port": 53, "protocol": "UDP"},
    ],
    "volumes": [{"name": "data", "emptyDir": {}}],
    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    "configmaps": [{"name": "rules", "mountpath": "rules"}],
    "podAnnotations": {"a": "b"},
    "podSecurityContext": {"fsGroup": 1},
    "securityContext": {"runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}},
    "podDnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["x"]}],
    "livenessProbe": {"initialDelaySeconds": 3},
    "terminationGracePeriodSeconds": 30,
    "ipFamilyPolicy": "SingleStack",
    "sessionAffinity": "ClientIP",
    "trafficDistribution": "PreferClose",
    "lifecycle": {"preStop": {"exec": {"command": ["/bin/true"]}}},
    "initContainers": [{"name": "init", "image": "x"}],
    "additionalContainers": [{"name": "beside", "image": "x"}],
    "tolerations": [{"operator": "Exists"}],
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
}
OF_MODE: dict[str, dict[str, Any]] = {
    "deployment": {"deploymentUpdateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%"}}},
    "daemonset": {"daemonSetUpdateStrategy": {"type": "RollingUpdate"}, "hostNetwork": True},
    "statefulset": {
        "volumeClaimTemplates": [
            {
                "metadata": {"name": "queue"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}},
            }
        ],
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"},
    },
    "sidecar": {},
}


def children(namespace: str, mode: str, rich: bool) -> list[dict[str, Any]]:
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}, "statsd": {}},
        "exporters": {"debug": {}, "prometheus": {"endpoint": "0.0.0.0:8889"}},
        "extensions": {"health_check": {}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {"metrics": {"receivers": ["otlp", "statsd"], "exporters": ["debug", "prometheus"]}},
        },
    }
    spec = {"mode": mode, "config": config, **(RICH | OF_MODE[mode] if rich else {})}
    if mode == "daemonset" and rich:
        # With the host's network a port is the host's own port.
        spec["ports"] = [{"name": "dns", "port": 53, "protocol": "UDP"}]
    collector = {"metadata": {"name": f"{mode}-{'rich' if rich else 'plain'}", "namespace": namespace}, "spec": spec}
    return desired(default_collector(collector).object, Settings())


def apply(apiserver: ApiServer, objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Apply and return the stored objects by kind and name."""
    stdin = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    applied = apiserver.kubectl("apply", "--server-side", "--field-manager=test", "-f", "-", "-o", "json", stdin=stdin)
    return {f"{o['kind']}/{o['metadata']['name']}": ours(o) for o in items(applied)}


def items(text: str) -> list[dict[str, Any]]:
    parsed = json.loads(text)
    return list(parsed["items"]) if parsed["kind"] == "List" else [parsed]


def ours(obj: dict[str, Any]) -> dict[str, Any]:
    """Leave out what controllers write meanwhile: status, and a Deployment's revision."""
    metadata = {k: v for k, v in obj["metadata"].items() if k not in ("resourceVersion", "managedFields")}
    annotations = metadata.pop("annotations", {})
    metadata["annotations"] = {k: v for k, v in annotations.items() if not k.startswith("deployment.kubernetes.io/")}
    return {**{k: v for k, v in obj.items() if k != "status"}, "metadata": metadata}


@pytest.mark.parametrize("rich", [False, True], ids=["plain", "rich"])
@pytest.mark.parametrize("mode", list(OF_MODE))
def test_second_apply_changes_nothing(apiserver: ApiServer, namespace: str, mode: str, rich: bool) -> None:
    objects = children(namespace, mode, rich)
    first = apply(apiserver, objects)
    assert len(first) == len(objects)
    assert apply(apiserver, objects) == first
