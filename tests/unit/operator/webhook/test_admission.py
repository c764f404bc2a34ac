"""The decisions of the admission paths: who is judged, on what, and that no object makes them fail."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from otel_operator.api.annotations import V1ALPHA1_ONLY
from otel_operator.api.conversion import convert
from otel_operator.resources.install.names import (
    MUTATE_COLLECTOR,
    MUTATE_INSTRUMENTATION,
    VALIDATE_COLLECTOR,
    VALIDATE_INSTRUMENTATION,
)
from otel_operator.settings import Settings
from otel_operator.webhook.admission import decisions
from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.review import AdmissionRequest, Answer

DECISIONS = decisions(Settings())
PATHS = (MUTATE_COLLECTOR, VALIDATE_COLLECTOR, MUTATE_INSTRUMENTATION, VALIDATE_INSTRUMENTATION)
PIPELINE = {"receivers": ["otlp"], "exporters": ["debug"]}
CONFIG = {
    "receivers": {"otlp": {"protocols": {"grpc": {}}}},
    "exporters": {"debug": {}},
    "service": {"pipelines": {"traces": PIPELINE}},
}


def collector(spec: Any, **other: Any) -> dict[str, Any]:
    metadata = {"name": "x", "namespace": "ns"}
    return {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": metadata,
        "spec": spec,
        **other,
    }


def instrumentation(spec: Any) -> dict[str, Any]:
    return {"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation", "metadata": {"name": "x"}, "spec": spec}


def decide(path: str, obj: Mapping[str, Any], operation: str = "CREATE") -> Answer:
    request = AdmissionRequest("u", operation, str(obj["kind"]), "ns", "x", dict(obj), None, "me", dry_run=False)
    return DECISIONS[path](request)


def test_patch_of_a_complete_object_is_empty() -> None:
    obj = collector({"config": CONFIG})
    patch = decide(MUTATE_COLLECTOR, obj).patch
    assert {operation["path"] for operation in patch} == {
        "/spec/config/receivers/otlp/protocols/grpc/endpoint",
        "/spec/config/service/telemetry",
        "/spec/mode",
        "/spec/upgradeStrategy",
        "/spec/managementState",
        "/spec/replicas",
    }
    for operation in patch:
        *parents, last = operation["path"].strip("/").split("/")
        place: Any = obj
        for parent in parents:
            place = place[parent]
        place[last] = operation["value"]
    assert decide(MUTATE_COLLECTOR, obj).patch == []


@pytest.mark.parametrize("path", PATHS)
def test_object_of_another_kind_is_refused_and_not_given_defaults(path: str) -> None:
    with pytest.raises(ReviewError, match="got 'v1' 'Pod'"):
        decide(path, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}})


def test_older_version_at_the_path_of_the_stored_one_is_refused() -> None:
    with pytest.raises(ReviewError, match="matchPolicy Equivalent"):
        decide(MUTATE_COLLECTOR, convert(collector({"config": CONFIG}), "opentelemetry.io/v1alpha1"))


@pytest.mark.parametrize("operation", ["DELETE", "CONNECT", "SOMETHING"])
@pytest.mark.parametrize("path", PATHS)
def test_only_writes_are_judged(path: str, operation: str) -> None:
    assert decide(path, collector({"mode": "sidecar"}), operation) == Answer()


def test_object_that_is_being_deleted_may_be_invalid() -> None:
    leaving = {"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    assert decide(VALIDATE_COLLECTOR, collector({"config": {}}, metadata=leaving), "UPDATE").allowed
    assert not decide(VALIDATE_COLLECTOR, collector({"config": {}}), "UPDATE").allowed


JUNK: list[Any] = [None, [], "x", 1, True, [None]]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("field", ["", "mode", "config", "autoscaler", "targetAllocator", "ingress", "ports", "config.service"])
def test_mutation_leaves_what_the_schema_will_refuse_to_the_api_server(field: str, junk: Any) -> None:
    spec = {"ingress": {"type": "route", "route": junk}} if field == "ingress" else {"config": CONFIG, field: junk}
    obj = collector({"config": {"service": junk}} if field == "config.service" else spec if field else junk)
    patch = decide(MUTATE_COLLECTOR, obj).patch
    json.dumps(patch)
    assert junk is None or not any(operation["op"] != "add" for operation in patch)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("field", ["python", "exporter", "sampler", "resourceRequirements"])
def test_junk_in_an_instrumentation_is_no_error_of_ours(field: str, junk: Any) -> None:
    spec = {"python": {field: junk}} if field == "resourceRequirements" else {field: junk}
    for path in (MUTATE_INSTRUMENTATION, VALIDATE_INSTRUMENTATION):
        json.dumps(decide(path, instrumentation(spec)).patch)


def test_object_that_would_lose_something_is_refused_with_the_remedy() -> None:
    obj = collector({"config": CONFIG})
    obj["metadata"]["annotations"] = {V1ALPHA1_ONLY: "too large"}
    assert "shorten its comments" in decide(VALIDATE_COLLECTOR, obj).errors[0]
