from typing import Any

import pytest

from otel_operator.inject.pod_shape import shape_problem

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
    assert shape_problem(given) is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "metadata and spec"),
        ({"metadata": [], "spec": {}}, "metadata and spec"),
        (pod({"annotations": {"a": 1}}), "metadata.annotations"),
        (pod({"labels": []}), "metadata.labels"),
        (pod({"ownerReferences": ["x"]}), "metadata.ownerReferences"),
        (pod(containers=None), "spec.containers must be a list"),
        (pod(containers={}), "spec.containers must be a list"),
        (pod(containers=[1]), "spec.containers must be a list of objects with a name"),
        (pod(initContainers=[{}]), "spec.initContainers must be a list of objects with a name"),
        (pod(containers=[{"name": "a", "env": {}}]), r"spec.containers[0].env"),
        (pod(containers=[{"name": "a", "ports": [1]}]), r"spec.containers[0].ports"),
        (pod(volumes=[{"name": 1}]), "spec.volumes"),
    ],
)
def test_a_field_of_another_type_is_named(given: dict[str, Any], problem: str) -> None:
    assert problem in str(shape_problem(given))
