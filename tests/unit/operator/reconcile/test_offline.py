"""What the manager would make of a manifest, without a cluster."""

import copy
from typing import Any

import pytest

from otel_operator.components.defaulting import default_collector
from otel_operator.kinds import SERVICE
from otel_operator.labels import YIELD_TO_FOREIGN
from otel_operator.reconcile.offline import is_collector, placed, render
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
    return [f"{child['kind']}/{child['metadata']['name']}" for child in render(given, SETTINGS).objects]


@pytest.mark.parametrize("mode", ["deployment", "daemonset", "statefulset", "sidecar"])
def test_it_is_what_the_manager_plans_but_for_the_owner(mode: str) -> None:
    stored = manifest(mode=mode, ipFamilyPolicy="SingleStack", metadata={"uid": "u"})
    wanted = [item.body for item in planned_objects(stored, desired(default_collector(stored).object, SETTINGS))]
    for body in wanted:
        del body["metadata"]["ownerReferences"]
    assert list(render(manifest(mode=mode), SETTINGS).objects) == wanted


def test_both_versions_give_the_same() -> None:
    assert render(manifest("v1alpha1"), SETTINGS).objects == render(manifest(), SETTINGS).objects


def test_defaults_of_the_api_server_are_in_it() -> None:
    children = render(manifest(ports=[{"name": "web", "port": 80}]), SETTINGS).objects
    specs = {child["metadata"]["name"]: child["spec"] for child in children if child["kind"] == "Service"}
    assert specs["x-collector-monitoring"]["ipFamilyPolicy"] == "SingleStack"
    (port,) = [port for port in specs["x-collector"]["ports"] if port["name"] == "web"]
    assert port["protocol"] == "TCP"


def test_our_own_marker_is_nowhere() -> None:
    assert YIELD_TO_FOREIGN not in str(render(manifest(), SETTINGS))


def test_the_alias_service_yields_to_somebody_elses_service_of_the_name_and_nothing_else_does() -> None:
    names = set(kinds(manifest()))
    foreign = {ChildKey(SERVICE, "n", "x"), ChildKey(SERVICE, "n", "x-collector")}
    left = {f"{child['kind']}/{child['metadata']['name']}" for child in render(manifest(), SETTINGS, foreign).objects}
    assert names - left == {"Service/x"}


def test_a_wrong_configuration_is_refused_with_its_place_and_without_children() -> None:
    broken = copy.deepcopy(manifest())
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    rendering = render(broken, SETTINGS)
    assert rendering.objects == ()
    assert any("traces" in error and "nowhere" in error for error in rendering.errors)


def test_configuration_text_that_is_no_yaml_is_refused() -> None:
    rendering = render(manifest("v1alpha1", config="receivers: ["), SETTINGS)
    assert rendering.objects == ()
    assert "the text is not YAML" in rendering.errors[0]


def test_warnings_do_not_refuse() -> None:
    rendering = render(manifest(config={**CONFIG, "processors": {"batch": None}}), SETTINGS)
    assert "null objects" in rendering.warnings[0]
    assert rendering.objects


def test_nothing_is_made_of_an_unmanaged_collector_and_that_is_said() -> None:
    rendering = render(manifest(managementState="unmanaged"), SETTINGS)
    assert (rendering.objects, rendering.errors) == ((), ())
    assert "unmanaged" in rendering.warnings[-1]


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"name": "../x"}, "metadata.name"),
        ({"name": "X"}, "metadata.name"),
        ({"name": ""}, "metadata.name"),
        ({"name": 7}, "metadata.name"),
        ({"name": "x" * 254}, "metadata.name"),
        ({"name": "x\n"}, "metadata.name"),
        ({"namespace": "a.b"}, "metadata.namespace"),
        ({"namespace": "../n"}, "metadata.namespace"),
        ({"namespace": None}, "metadata.namespace"),
    ],
)
def test_names_that_the_api_server_would_refuse_are_refused(metadata: dict[str, Any], field: str) -> None:
    (error,) = render(manifest(metadata=metadata), SETTINGS).errors
    assert error.startswith(f"{field}: ")


@pytest.mark.parametrize(("field", "value"), [("metadata", None), ("metadata", []), ("spec", None), ("spec", "text")])
def test_a_part_of_another_shape_is_refused(field: str, value: object) -> None:
    (error,) = render({**manifest(), field: value}, SETTINGS).errors
    assert error.startswith(f"{field}: must be a mapping")


def test_a_version_that_does_not_exist_is_refused() -> None:
    (error,) = render(manifest("v2"), SETTINGS).errors
    assert error.startswith("apiVersion: cannot convert OpenTelemetryCollector from opentelemetry.io/v2")
    assert error.endswith("known: v1alpha1, v1beta1")


def test_the_manifest_is_not_changed() -> None:
    given = manifest("v1alpha1", mode="statefulset")
    before = copy.deepcopy(given)
    render(given, SETTINGS)
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
