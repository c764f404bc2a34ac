"""What the API server does with a custom resource before anyone sees it."""

import copy
from typing import Any

from otel_operator.api.schema_defaults import with_schema_defaults


def collector(version: str = "v1beta1", **spec: Any) -> dict[str, Any]:
    metadata = {"name": "x"}
    return {"apiVersion": f"opentelemetry.io/{version}", "kind": "OpenTelemetryCollector", "metadata": metadata, "spec": spec}


def test_absent_fields_get_their_defaults() -> None:
    spec = with_schema_defaults(collector())["spec"]
    assert (spec["managementState"], spec["configVersions"], spec["ipFamilyPolicy"]) == ("managed", 3, "SingleStack")


def test_given_fields_stay_as_they_are() -> None:
    spec = with_schema_defaults(collector(ipFamilyPolicy="PreferDualStack", configVersions=1))["spec"]
    assert (spec["configVersions"], spec["ipFamilyPolicy"]) == (1, "PreferDualStack")


def test_defaults_of_a_map_reach_into_each_item_of_a_list_but_make_no_list() -> None:
    spec = with_schema_defaults(collector(ports=[{"port": 1}, {"port": 2, "protocol": "UDP"}]))["spec"]
    assert [port["protocol"] for port in spec["ports"]] == ["TCP", "UDP"]
    assert "additionalContainers" not in spec


def test_a_default_that_is_a_map_is_made_anew_for_each_object() -> None:
    first, second = (with_schema_defaults(collector(targetAllocator={"prometheusCR": {}}))["spec"] for _ in range(2))
    selector = first["targetAllocator"]["prometheusCR"]["podMonitorNamespaceSelector"]
    assert selector == {}
    assert selector is not second["targetAllocator"]["prometheusCR"]["podMonitorNamespaceSelector"]


def test_a_null_becomes_the_default_or_goes() -> None:
    spec = with_schema_defaults(collector(managementState=None, image=None, ports=[{"port": 1, "name": None}]))["spec"]
    assert spec["managementState"] == "managed"
    assert "image" not in spec
    assert "name" not in spec["ports"][0]


def test_nulls_stay_where_the_schema_does_not_know_the_fields() -> None:
    config = {"receivers": {"otlp": None}, "exporters": {}, "service": {"pipelines": {"traces": {"x": None}}}, "other": None}
    assert with_schema_defaults(collector(config=config))["spec"]["config"] == config


def test_the_older_version_has_defaults_of_its_own() -> None:
    spec = with_schema_defaults(collector("v1alpha1"))["spec"]
    assert spec["managementState"] == "managed"
    assert "configVersions" not in spec


def test_what_is_given_is_not_changed_and_other_kinds_come_back_as_they_are() -> None:
    given = collector(ports=[{"port": 1}])
    before = copy.deepcopy(given)
    with_schema_defaults(given)
    assert given == before
    other = {"apiVersion": "v1", "kind": "ConfigMap", "data": None}
    assert with_schema_defaults(other) is other


def test_parts_of_an_unexpected_type_are_left_to_validation() -> None:
    assert with_schema_defaults(collector(ports="x", image=[1]))["spec"]["ports"] == "x"
