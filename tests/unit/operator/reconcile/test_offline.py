"""What the manager would make of a manifest, without a cluster."""

import copy
from typing import Any

import pytest

from otel_operator.components.defaulting import default_collector
from otel_operator.errors import ConfigError
from otel_operator.kinds import SERVICE
from otel_operator.labels import YIELD_TO_FOREIGN
from otel_operator.reconcile.offline import children, is_collector, is_managed, placed
from otel_operator.reconcile.ownership import ChildKey
from otel_operator.reconcile.plan import planned_objects
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings

SETTINGS = Settings(collector_image="registry.example/collector:1.2.3")
CONFIG_TEXT = """
receivers: {otlp: {protocols: {grpc: {}}}}
exporters: {debug: {}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
"""
CONFIG = {
    "receivers": {"otlp": {"protocols": {"grpc": {}}}},
    "exporters": {"debug": {}},
    "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
}


def manifest(version: str = "v1beta1", metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    config = CONFIG if version == "v1beta1" else CONFIG_TEXT
    return {
        "apiVersion": f"opentelemetry.io/{version}",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "x", "namespace": "n", **(metadata or {})},
        "spec": {"config": config, **spec},
    }


def kinds(given: dict[str, Any]) -> list[str]:
    return [f"{child['kind']}/{child['metadata']['name']}" for child in children(given, SETTINGS)]


@pytest.mark.parametrize("mode", ["deployment", "daemonset", "statefulset", "sidecar"])
def test_it_is_what_the_manager_plans_but_for_the_owner(mode: str) -> None:
    stored = manifest(mode=mode, ipFamilyPolicy="SingleStack", metadata={"uid": "u"})
    wanted = [item.body for item in planned_objects(stored, desired(default_collector(stored).object, SETTINGS))]
    for body in wanted:
        del body["metadata"]["ownerReferences"]
    assert list(children(manifest(mode=mode), SETTINGS)) == wanted


def test_both_versions_give_the_same() -> None:
    assert children(manifest("v1alpha1"), SETTINGS) == children(manifest(), SETTINGS)


def test_defaults_of_the_api_server_are_in_it() -> None:
    made = children(manifest(ports=[{"name": "web", "port": 80}]), SETTINGS)
    specs = {child["metadata"]["name"]: child["spec"] for child in made if child["kind"] == "Service"}
    assert specs["x-collector-monitoring"]["ipFamilyPolicy"] == "SingleStack"
    (port,) = [port for port in specs["x-collector"]["ports"] if port["name"] == "web"]
    assert port["protocol"] == "TCP"


def test_our_own_marker_is_nowhere() -> None:
    assert YIELD_TO_FOREIGN not in str(children(manifest(), SETTINGS))


def test_the_alias_service_yields_to_somebody_elses_service_of_the_name_and_nothing_else_does() -> None:
    names = set(kinds(manifest()))
    foreign = {ChildKey(SERVICE, "n", "x"), ChildKey(SERVICE, "n", "x-collector")}
    left = {f"{child['kind']}/{child['metadata']['name']}" for child in children(manifest(), SETTINGS, foreign)}
    assert names - left == {"Service/x"}


def test_nothing_is_made_of_an_unmanaged_collector() -> None:
    assert is_managed(manifest())
    unmanaged = manifest(managementState="unmanaged")
    assert not is_managed(unmanaged)
    assert children(unmanaged, SETTINGS) == ()


def test_a_name_that_only_the_api_server_would_make_is_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"metadata\.name: is missing"):
        children(manifest(metadata={"name": "", "generateName": "x-"}), SETTINGS)


def test_the_order_of_keys_in_a_manifest_does_not_matter() -> None:
    pipeline = {"receivers": ["zipkin", "otlp"], "exporters": ["debug"]}
    receivers = {"zipkin": {}, "otlp": {"protocols": {"http": {}, "grpc": {}}}}
    config = {
        "receivers": receivers,
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": pipeline, "logs": pipeline}},
    }
    turned = {"receivers": dict(reversed(receivers.items())), **{k: config[k] for k in ("service", "exporters")}}
    turned["receivers"]["otlp"] = {"protocols": {"grpc": {}, "http": {}}}
    assert children(manifest(config=turned), SETTINGS) == children(manifest(config=config), SETTINGS)


def test_numbers_are_as_the_api_server_gives_them_back() -> None:
    written = [{**CONFIG, "processors": {"batch": {"send_batch_size": size}}} for size in (8192, 8192.0)]
    assert children(manifest(config=written[0]), SETTINGS) == children(manifest(config=written[1]), SETTINGS)


def test_the_manifest_is_not_changed() -> None:
    given = manifest("v1alpha1", mode="statefulset")
    before = copy.deepcopy(given)
    children(given, SETTINGS)
    assert given == before


def test_collectors_are_told_by_group_and_kind() -> None:
    assert is_collector(manifest("v2"))
    assert not is_collector({"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation"})
    assert not is_collector({"apiVersion": "example.org/v1", "kind": "OpenTelemetryCollector"})
    assert not is_collector({})


def test_the_namespace_is_set_where_there_is_none() -> None:
    assert placed(manifest(), "other")["metadata"]["namespace"] == "n"
    assert placed(manifest(metadata={"namespace": ""}), "other")["metadata"] == {"name": "x", "namespace": "other"}
    assert placed({"metadata": 1}, "other") == {"metadata": 1}
