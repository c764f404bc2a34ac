"""The install manifest on a real API server: complete rights and no more, applied twice, removed without a trace."""

import base64
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonpointer
import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from otel_operator.webhook.certificates.authority import new_authority

MANIFEST = Path(__file__).parents[3] / "manifests" / "opentelemetry-operator.yaml"
NAMESPACE = "otel-operator-system"
WEBHOOK = f"--as=system:serviceaccount:{NAMESPACE}:otel-operator-webhook"
TRUSTED = [
    (("validatingwebhookconfiguration", "otel-operator-validating"), "/webhooks/0/clientConfig/caBundle"),
    (("mutatingwebhookconfiguration", "otel-operator-mutating"), "/webhooks/1/clientConfig/caBundle"),
    (("crd", "opentelemetrycollectors.opentelemetry.io"), "/spec/conversion/webhook/clientConfig/caBundle"),
]
MANAGER = f"--as=system:serviceaccount:{NAMESPACE}:otel-operator-manager"


def allowed(kubectl: Any, who: str, verb: str, resource: str, *more: str) -> bool:
    return str(kubectl("auth", "can-i", verb, resource, who, *more).stdout).strip() == "yes"


@pytest.mark.parametrize(
    ("who", "verb", "resource", "namespace", "expected"),
    [
        (MANAGER, "watch", "opentelemetrycollectors.opentelemetry.io", "shop", True),
        (MANAGER, "patch", "opentelemetrycollectors.opentelemetry.io/status", "shop", True),
        (MANAGER, "delete", "opentelemetrycollectors.opentelemetry.io", "shop", False),
        (MANAGER, "create", "daemonsets.apps", "shop", True),
        (MANAGER, "create", "events.events.k8s.io", "shop", True),
        (MANAGER, "get", "secrets", "shop", False),
        (MANAGER, "create", "pods", "shop", False),
        (MANAGER, "create", "clusterroles.rbac.authorization.k8s.io", "", False),
        (WEBHOOK, "get", "secrets/otel-operator-webhook-cert", NAMESPACE, True),
        (WEBHOOK, "update", "secrets/other", NAMESPACE, False),
        (WEBHOOK, "list", "secrets", "shop", False),
        (WEBHOOK, "get", "configmaps/other", "shop", True),
        (WEBHOOK, "watch", "namespaces", "", True),
        (WEBHOOK, "watch", "replicasets.apps", "shop", True),
        (WEBHOOK, "watch", "jobs.batch", "shop", True),
        (WEBHOOK, "watch", "instrumentations.opentelemetry.io", "shop", True),
        (WEBHOOK, "list", "pods", "shop", False),
        (WEBHOOK, "create", "events.events.k8s.io", "shop", True),
        (WEBHOOK, "patch", "validatingwebhookconfigurations/otel-operator-validating", "", True),
        (WEBHOOK, "patch", "validatingwebhookconfigurations/other", "", False),
        (WEBHOOK, "list", "opentelemetrycollectors.opentelemetry.io", "shop", True),
        (WEBHOOK, "patch", "opentelemetrycollectors.opentelemetry.io", "shop", False),
    ],
)
def test_rights(kubectl: Any, webhook: Any, who: str, verb: str, resource: str, namespace: str, expected: bool) -> None:
    subresource = resource.partition("/")[2] if resource.endswith("/status") else ""
    target = resource.removesuffix("/status") if subresource else resource
    more = [f"--subresource={subresource}"] if subresource else []
    more += ["-n", namespace] if namespace else []
    assert allowed(kubectl, who, verb, target, *more) is expected


@pytest.fixture
def pristine(tmp_path: Path) -> Iterator[Any]:
    """A cluster that has never seen the operator."""
    with ApiServer(tmp_path / "pristine") as server:
        yield server


def test_manifest_installs_applies_again_and_goes_without_a_trace(pristine: ApiServer) -> None:
    before = everything(pristine)
    pristine.kubectl("apply", "-f", str(MANIFEST))
    assert set(names(pristine, "deployments", "-n", NAMESPACE)) == {"otel-operator-manager", "otel-operator-webhook"}

    for resource, path in TRUSTED:
        operations = json.dumps([{"op": "add", "path": path, "value": ca_bundle()}])
        pristine.kubectl("patch", *resource, "--type=json", "-p", operations)
    # A budget's selector is always sent again by kubectl; it says so although nothing changes.
    changed = [line for line in pristine.kubectl("apply", "-f", str(MANIFEST)).splitlines() if "unchanged" not in line]
    assert changed == ["poddisruptionbudget.policy/otel-operator-webhook configured"]
    for resource, path in TRUSTED:
        shown = pristine.kubectl("get", *resource, "-o", "json")
        assert jsonpointer.resolve_pointer(json.loads(shown), path), f"{resource} lost its caBundle"

    # Asking for objects first has the API server ready to delete them: else its CRD finalizer finds the storage not initialized.
    for kind in ("opentelemetrycollectors", "instrumentations"):
        assert names(pristine, kind, "-A") == []
    # Seconds as a rule; on a starved machine the API server's CRD finalizer backs off for more than a minute.
    pristine.kubectl("delete", "-f", str(MANIFEST), "--timeout=240s")
    assert everything(pristine) == before


def ca_bundle() -> str:
    pem = new_authority(dt.datetime.now(dt.UTC), dt.timedelta(days=1)).certificate
    return base64.b64encode(pem.encode()).decode()


def test_every_object_fits_the_annotation_of_client_side_apply() -> None:
    for obj in yaml.safe_load_all(MANIFEST.read_text()):
        size = len(json.dumps(obj, separators=(",", ":")))
        assert size < 262_144, f"{obj['kind']} {obj['metadata']['name']} has {size} bytes"


def names(server: ApiServer, *arguments: str) -> list[str]:
    return server.kubectl("get", *arguments, "-o", "name").replace("deployment.apps/", "").split()


def everything(server: ApiServer) -> set[str]:
    """Names of all objects of the kinds that an installation could leave behind."""
    cluster = "namespaces,crds,clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations"
    inside = "deployments,pods,services,secrets,serviceaccounts,roles,rolebindings,poddisruptionbudgets"
    return set(names(server, cluster)) | set(names(server, "-A", inside))
