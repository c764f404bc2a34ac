"""A workload as the Go operator stores it is taken over without a change of its pod template, so without a restart."""

from __future__ import annotations

import json
from typing import Any

from e2e.cluster.apiserver import ApiServer
from otel_operator.components.defaulting import default_collector
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings

IMAGE = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector:0.158.0"
LABELS = {
    "app.kubernetes.io/component": "opentelemetry-collector",
    "app.kubernetes.io/managed-by": "opentelemetry-operator",
    "app.kubernetes.io/part-of": "opentelemetry",
}


def collector(namespace: str) -> dict[str, Any]:
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
        "processors": {"batch": {"send_batch_size": 10000, "timeout": "10s"}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["debug"]}}},
    }
    return {"metadata": {"name": "simplest", "namespace": namespace}, "spec": {"image": IMAGE, "config": config}}


def deployment_of_the_go_operator(namespace: str, sha256: str) -> dict[str, Any]:
    """Written out from the specification of its manifests; `sha256` begins with the known hash of this configuration."""
    assert sha256.startswith("5723ff27")
    selector = LABELS | {"app.kubernetes.io/instance": f"{namespace}.simplest"}
    labels = selector | {"app.kubernetes.io/name": "simplest-collector", "app.kubernetes.io/version": "0.158.0"}
    container = {
        "name": "otc-container",
        "image": IMAGE,
        "args": ["--config=/conf/collector.yaml"],
        "ports": [
            {"name": "metrics", "containerPort": 8888, "protocol": "TCP"},
            {"name": "otlp-grpc", "containerPort": 4317},
            {"name": "otlp-http", "containerPort": 4318},
        ],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            *(
                {"name": name, "valueFrom": {"resourceFieldRef": {"containerName": "otc-container", "resource": limit}}}
                for name, limit in (("GOMEMLIMIT", "limits.memory"), ("GOMAXPROCS", "limits.cpu"))
            ),
        ],
        "resources": {},
        "volumeMounts": [{"name": "otc-internal", "mountPath": "/conf"}],
    }
    items = [{"key": "collector.yaml", "path": "collector.yaml"}]
    pod_spec = {
        "serviceAccountName": "simplest-collector",
        "containers": [container],
        "volumes": [{"name": "otc-internal", "configMap": {"name": "simplest-collector-5723ff27", "items": items}}],
        "dnsPolicy": "ClusterFirst",
        "dnsConfig": {},
        "shareProcessNamespace": False,
    }
    annotations = {
        "opentelemetry-operator-config/sha256": sha256,
        "operator.opentelemetry.io/prometheus-annotations-added": "true",
        "prometheus.io/path": "/metrics",
        "prometheus.io/port": "8888",
        "prometheus.io/scrape": "true",
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "simplest-collector", "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selector},
            "strategy": {},
            "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": pod_spec},
        },
    }


def test_workload_of_the_go_operator_is_taken_over_without_a_new_generation(apiserver: ApiServer, namespace: str) -> None:
    ours = desired(default_collector(collector(namespace)).object, Settings())[-1]
    sha256 = ours["spec"]["template"]["metadata"]["annotations"]["opentelemetry-operator-config/sha256"]
    theirs = json.dumps(deployment_of_the_go_operator(namespace, sha256))
    created = json.loads(apiserver.kubectl("create", "--field-manager=manager", "-f", "-", "-o", "json", stdin=theirs))
    flags = ("--server-side", "--force-conflicts", "--field-manager=test")
    taken = json.loads(apiserver.kubectl("apply", *flags, "-f", "-", "-o", "json", stdin=json.dumps(ours)))
    assert taken["spec"] == created["spec"]
    assert taken["metadata"]["generation"] == created["metadata"]["generation"] == 1
