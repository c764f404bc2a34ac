"""`otel-operator render` writes what a running manager makes of every sample, on a server whose defaults it knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_operator.api.schema_defaults import with_schema_defaults
from otel_operator.cli.main import main
from otel_operator.kinds import OWNED
from otel_operator.kube.client import FIELD_MANAGER
from otel_operator.reconcile.ownership import owning_collector

SAMPLES = Path(__file__).resolve().parents[3] / "manifests" / "samples"
Eventually = Callable[..., None]
JsonObject = dict[str, Any]
CHILDREN = ",".join(f"{kind.plural}.{kind.group}" if kind.group else kind.plural for kind in OWNED)


def sample_collectors() -> list[JsonObject]:
    texts = [path.read_text() for path in sorted(SAMPLES.glob("*.yaml"))]
    documents = [document for text in texts for document in yaml.safe_load_all(text)]
    return [document for document in documents if document["kind"] == "OpenTelemetryCollector"]


def children(cluster: Any) -> dict[tuple[str, str], JsonObject]:
    """Return what the namespace has of collectors, by kind and name."""
    live = cluster.get(CHILDREN, "--show-managed-fields")
    return {(child["kind"], child["metadata"]["name"]): child for child in live if owning_collector(child)}


def essence(obj: JsonObject) -> JsonObject:
    """Return an object without its status, which controllers write, and of managed fields only the manager's."""
    fields = [entry for entry in obj["metadata"]["managedFields"] if entry["manager"] == FIELD_MANAGER]
    metadata = {name: value for name, value in obj["metadata"].items() if name != "resourceVersion"}
    kept = {name: value for name, value in obj.items() if name != "status"}
    return {**kept, "metadata": {**metadata, "managedFields": fields}}


def test_rendered_objects_are_the_live_ones(
    cluster: Any, manager: Any, eventually: Eventually, capsys: pytest.CaptureFixture[str]
) -> None:
    collectors = sample_collectors()
    assert {collector["spec"]["mode"] for collector in collectors} == {"deployment", "daemonset", "statefulset", "sidecar"}
    cluster.apply(*collectors)
    for collector in collectors:
        name = collector["metadata"]["name"]
        eventually(lambda name=name: cluster.condition(name, "Ready").get("status") == "True")
    assert main(["render", str(SAMPLES), "-n", cluster.namespace, "-o", "json"]) == 0
    rendered = {(obj["kind"], obj["metadata"]["name"]): obj for obj in json.loads(capsys.readouterr().out)["items"]}
    assert rendered.keys() == children(cluster).keys()

    def unchanged(key: tuple[str, str]) -> bool:
        """Apply as the manager does; all but the owner, whose uid only the cluster knows, comes from `render`."""
        live, obj = children(cluster)[key], rendered[key]
        owned = {**obj, "metadata": {**obj["metadata"], "ownerReferences": live["metadata"]["ownerReferences"]}}
        command = ["apply", "--server-side", "--dry-run=server", f"--field-manager={FIELD_MANAGER}", "--show-managed-fields"]
        applied = json.loads(cluster.kubectl(*command, "-o", "json", "-f", "-", stdin=json.dumps(owned)))
        assert essence(applied) == essence(live)
        return True

    for key in rendered:
        eventually(lambda key=key: unchanged(key))


ODD_SPECS: list[JsonObject] = [
    {},
    {"managementState": None, "image": None, "ports": [{"port": 1, "name": None}, {"port": 2, "protocol": "UDP"}]},
    {"env": [{"name": "A", "value": None}], "podAnnotations": {"a": "b"}, "nodeSelector": None},
    {"additionalContainers": [{"name": "a", "ports": [{"containerPort": 1}], "livenessProbe": {"grpc": {"port": 1}}}]},
    {"initContainers": [{"name": "a", "image": None, "ports": [{"containerPort": 1, "protocol": None}]}]},
    {"targetAllocator": {"enabled": None, "prometheusCR": {"scrapeInterval": None}}},
    {"volumes": [{"name": "a", "configMap": None, "emptyDir": {}}], "tolerations": [{"key": "a", "operator": None}]},
    {"observability": {"metrics": None}, "autoscaler": {"maxReplicas": 2, "minReplicas": None}},
]
ODD = [(version, spec) for version in ("v1beta1", "v1alpha1") for spec in ODD_SPECS]
ODD.append(("v1beta1", {"ipFamilyPolicy": None, "configVersions": None}))


@pytest.mark.parametrize(("version", "spec"), ODD, ids=[f"{version}-{'-'.join(spec) or 'nothing'}" for version, spec in ODD])
def test_the_api_server_fills_in_what_is_said_of_it(cluster: Any, version: str, spec: JsonObject) -> None:
    config: Any = {
        "receivers": {"otlp": None},
        "exporters": {},
        "processors": None,
        "service": {"pipelines": {"a": None}, "x": None},
    }
    manifest = {
        "apiVersion": f"opentelemetry.io/{version}",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "x"},
        "spec": {**spec, "config": config if version == "v1beta1" else ""},
    }
    stored = json.loads(cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=json.dumps(manifest)))
    assert stored["apiVersion"] == manifest["apiVersion"]
    assert stored["spec"] == with_schema_defaults(manifest)["spec"]
