"""What `otel-operator render` makes of a manifest is what the manager makes of the object that the API server then has."""

import json
from typing import Any

import pytest

from otel_operator.reconcile.offline import children, placed
from otel_operator.reconcile.plan import planned_objects
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings
from otel_operator.webhook.offline import admitted

SETTINGS = Settings()
V1BETA1 = "opentelemetrycollectors.v1beta1.opentelemetry.io"
TEXT = """\
# a comment
receivers:
  otlp/second:
    protocols:
      http: {endpoint: "0.0.0.0:5318"}
  otlp:
    protocols:
      http:
      grpc: {max_recv_msg_size_mib: 4.0}
processors:
  batch: {send_batch_size: 1_000, timeout: 200ms}
exporters:
  debug:
service:
  pipelines:
    traces: {receivers: [otlp/second, otlp], processors: [batch], exporters: [debug]}
    logs: {receivers: [otlp], exporters: [debug]}
"""
CONFIG: dict[str, Any] = {
    "service": {
        "pipelines": {
            "traces": {"receivers": ["otlp/second", "otlp"], "processors": ["batch"], "exporters": ["debug"]},
            "logs": {"receivers": ["otlp"], "exporters": ["debug"]},
        }
    },
    "receivers": {
        "otlp/second": {"protocols": {"http": {"endpoint": "0.0.0.0:5318"}}},
        "otlp": {"protocols": {"http": None, "grpc": {"max_recv_msg_size_mib": 4.0}}},
    },
    "processors": {"batch": {"send_batch_size": 8192.0}},
    "exporters": {"debug": {}},
}
SPECS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "ports": {"ports": [{"name": "web", "port": 80}, {"name": "udp", "port": 81, "protocol": "UDP", "targetPort": "a"}]},
    "nulls": {"managementState": None, "image": None, "nodeSelector": None, "env": [{"name": "A", "value": None}]},
    "daemonset": {"mode": "daemonset", "hostNetwork": True, "tolerations": [{"operator": "Exists"}]},
    "stateful set": {
        "mode": "statefulset",
        "replicas": 3,
        "volumeClaimTemplates": [
            {
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }
        ],
    },
    "sidecar": {"mode": "sidecar", "resources": {"limits": {"memory": "64Mi", "cpu": 1}}},
    "containers": {
        "additionalContainers": [{"name": "a", "image": "a", "ports": [{"containerPort": 1}]}],
        "initContainers": [{"name": "b", "image": "b"}],
        "podAnnotations": {"z": "1", "a": "2"},
    },
}


@pytest.mark.parametrize("version", ["v1alpha1", "v1beta1"])
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_children_of_a_manifest_are_those_of_the_stored_object(
    kubectl: Any, shop: str, version: str, spec: dict[str, Any]
) -> None:
    manifest = {
        "apiVersion": f"opentelemetry.io/{version}",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "x", "labels": {"z": "1", "a": "2"}, "annotations": {"note": "kept"}},
        "spec": {"config": CONFIG if version == "v1beta1" else TEXT, **spec},
    }
    # Client-side apply would drop the null in the configuration before the server sees it.
    done = kubectl("create", "-n", shop, "-f", "-", stdin=json.dumps(manifest))
    assert done.returncode == 0, done.stderr
    stored = kubectl.get(shop, V1BETA1, "x")
    wanted = [item.body for item in planned_objects(stored, desired(stored, SETTINGS))]
    for body in wanted:
        del body["metadata"]["ownerReferences"]
    given = placed(manifest, shop)
    assert admitted(given, SETTINGS).allowed
    assert list(children(given, SETTINGS)) == wanted
