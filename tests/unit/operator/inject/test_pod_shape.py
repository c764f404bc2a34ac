from collections.abc import Iterator
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


FULL = {
    "metadata": {
        "name": "a",
        "generateName": "a-",
        "namespace": "n",
        "uid": "u",
        "labels": {"k": "v"},
        "annotations": {"k": "v"},
        "ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "k", "uid": "u"}],
    },
    "spec": {
        "containers": [
            {
                "name": "web",
                "image": "i",
                "env": [{"name": "A", "value": "1", "valueFrom": {}}],
                "envFrom": [{}],
                "ports": [{}],
                "volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "None"}],
                "securityContext": {"privileged": True},
                "imagePullPolicy": "Always",
            }
        ],
        "initContainers": [{"name": "i"}],
        "volumes": [{"name": "v"}],
        "nodeName": "n",
        "os": {"name": "linux"},
        "resources": {},
        "hostPID": True,
        "shareProcessNamespace": True,
    },
}


def spoiled(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each field's path with a copy in which a float, which is of no field's type, is in its place."""
    if path:
        yield path, 0.5
    if isinstance(value, dict):
        for name, inner in value.items():
            for where, other in spoiled(inner, f"{path}.{name}".lstrip(".")):
                yield where, {**value, name: other}
    elif isinstance(value, list):
        for where, other in spoiled(value[0], f"{path}[0]"):
            yield where, [other]


@pytest.mark.parametrize(("path", "given"), [*spoiled(FULL)])
def test_no_field_that_mutation_reads_may_be_of_another_type(path: str, given: Any) -> None:
    assert wrong_in_pod(FULL) is None
    assert wrong_in_pod(given) == path
