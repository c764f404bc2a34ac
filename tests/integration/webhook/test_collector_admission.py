"""Collectors through a real API server: defaulted, checked, and allowed to go."""

import json
from collections.abc import Callable
from typing import Any

import pytest

COLLECTORS = "opentelemetrycollectors.v1beta1.opentelemetry.io"
Build = Callable[..., dict[str, Any]]


def refusal(kubectl: Any, namespace: str, *objects: dict[str, Any]) -> str:
    done = kubectl.apply(namespace, *objects)
    assert done.returncode != 0, done.stdout
    return str(done.stderr)


def test_defaults_are_written(kubectl: Any, shop: str, collector: Build) -> None:
    assert kubectl.apply(shop, collector()).returncode == 0
    spec = kubectl.get(shop, COLLECTORS, "gateway")["spec"]
    assert (spec["mode"], spec["replicas"], spec["managementState"]) == ("deployment", 1, "managed")
    assert spec["config"]["receivers"]["otlp"]["protocols"]["grpc"] == {"endpoint": "0.0.0.0:4317"}


def test_applying_again_changes_nothing(kubectl: Any, shop: str, collector: Build) -> None:
    kubectl.apply(shop, collector())
    first = kubectl.get(shop, COLLECTORS, "gateway")["metadata"]
    assert "unchanged" in kubectl.apply(shop, collector()).stdout
    assert kubectl.get(shop, COLLECTORS, "gateway")["metadata"]["generation"] == first["generation"]


def test_undefined_exporter_is_refused_with_its_place(kubectl: Any, shop: str, collector: Build) -> None:
    broken = collector()
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    message = refusal(kubectl, shop, broken)
    assert f'OpenTelemetryCollector "{shop}/gateway" is invalid' in message
    assert "service::pipelines::traces" in message
    assert "nowhere" in message


def test_all_mistakes_are_reported_at_once(kubectl: Any, shop: str, collector: Build) -> None:
    broken = collector(ports=[{"name": "UPPER", "port": 4317}])
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    message = refusal(kubectl, shop, broken)
    assert "2 errors" in message
    assert "UPPER" in message
    assert "nowhere" in message


def test_change_of_mode_is_refused(kubectl: Any, shop: str, collector: Build) -> None:
    kubectl.apply(shop, collector(mode="deployment"))
    assert "mode is set to deployment, which does not support modification" in refusal(kubectl, shop, collector(mode="daemonset"))


def test_warnings_reach_kubectl(kubectl: Any, shop: str, collector: Build) -> None:
    odd = collector()
    odd["spec"]["config"]["processors"] = {"batch": None}
    # Not `kubectl apply`, which drops nulls before anyone can warn about them.
    done = kubectl("create", "-n", shop, "-f", "-", stdin=json.dumps(odd))
    assert done.returncode == 0, done.stderr
    assert "Warning: " in done.stderr
    assert "batch" in done.stderr


def test_dry_run_answers_alike_and_stores_nothing(kubectl: Any, shop: str, collector: Build) -> None:
    broken = collector()
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    for obj, code in ((collector(), 0), (broken, 1)):
        done = kubectl("apply", "-n", shop, "--dry-run=server", "-f", "-", stdin=json.dumps(obj))
        assert done.returncode == code, done.stderr
    assert "NotFound" in kubectl("get", "-n", shop, COLLECTORS, "gateway").stderr


@pytest.mark.parametrize("finalized", [False, True])
def test_invalid_object_can_be_deleted(kubectl: Any, shop: str, collector: Build, finalized: bool, lenient: Any) -> None:
    broken = collector()
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    if finalized:
        broken["metadata"]["finalizers"] = ["example.com/wait"]
    with lenient():
        assert kubectl.apply(shop, broken).returncode == 0
    assert kubectl("delete", "-n", shop, COLLECTORS, "gateway", "--wait=false").returncode == 0
    if finalized:
        done = kubectl("patch", "-n", shop, COLLECTORS, "gateway", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        assert done.returncode == 0, done.stderr
    assert kubectl("wait", "-n", shop, COLLECTORS, "gateway", "--for=delete", "--timeout=10s").returncode == 0


def test_excluded_namespaces_are_not_asked_about(kubectl: Any, shop: str, collector: Build) -> None:
    broken = collector("elsewhere")
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    assert kubectl.apply("kube-system", broken).returncode == 0
    assert kubectl("delete", "-n", "kube-system", COLLECTORS, "elsewhere").returncode == 0
