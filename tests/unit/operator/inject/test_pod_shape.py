from typing import Any

import pytest

from otel_operator.inject.pod_shape import wrong_in_metadata, wrong_in_pod, wrong_in_spec

CONTAINER = {"name": "web", "env": [{"name": "A"}], "ports": [], "volumeMounts": None}


def pod(metadata: Any = None, **spec: Any) -> dict[str, Any]:
    return {"metadata": {} if metadata is None else metadata, "spec": {"containers": [CONTAINER], **spec}}


@pytest.mark.parametrize(
    "given",
    [
        pod(),
        pod({"annotations": {"a": "b"}, "labels": None, "ownerReferences": [{"kind": "X"}]}),
        pod(initContainers=[CONTAINER], volumes=[{"name": "v"}], other=7),
    ],
)
def test_a_pod_as_the_api_server_sends_it_has_no_problem(given: dict[str, Any]) -> None:
    assert wrong_in_pod(given) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], ""),
        ({}, "metadata"),
        ({"metadata": {}}, "spec"),
        ({"metadata": [], "spec": {}}, "metadata"),
        (pod({"annotations": {"a": 1}}), "metadata.annotations.a"),
        (pod({"labels": []}), "metadata.labels"),
        (pod({"ownerReferences": ["x"]}), "metadata.ownerReferences[0]"),
        (pod(containers=None), "spec.containers"),
        (pod(containers={}), "spec.containers"),
        (pod(containers=[1]), "spec.containers[0]"),
        (pod(initContainers=[{}]), "spec.initContainers[0].name"),
        (pod(containers=[{"name": "a", "env": {}}]), "spec.containers[0].env"),
        (pod(containers=[{"name": "a", "ports": [1]}]), "spec.containers[0].ports[0]"),
        (pod(volumes=[{"name": 1}]), "spec.volumes[0].name"),
    ],
)
def test_a_field_that_is_missing_or_of_another_type_is_named(given: Any, field: str) -> None:
    assert wrong_in_pod(given) == field


def test_metadata_and_spec_may_be_missing_where_they_are_not_relied_on() -> None:
    assert wrong_in_metadata({}) is None
    assert wrong_in_spec({"spec": {}}) is None
