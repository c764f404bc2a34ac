"""Pods of another shape than Kubernetes gives them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.injection.subjects import asking, container, instrumentation, mutate, pod, reasons_of

RICH = pod(
    container(
        env=[{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        envFrom=[{"configMapRef": {"name": "c"}}],
        volumeMounts=[{"name": "v", "mountPath": "/v", "mountPropagation": "None"}],
        securityContext={"privileged": True},
        imagePullPolicy="Always",
    ),
    annotations=asking(java="true"),
    labels={"a": "b"},
    initContainers=[container("i")],
    volumes=[{"name": "v"}],
    nodeName="n",
    os={"name": "linux"},
    resources={"limits": {"cpu": "1"}},
    hostPID=False,
    shareProcessNamespace=False,
)


def changed(path: list[Any], value: Any) -> Any:
    result: Any = copy.deepcopy(RICH)
    place = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return result


def test_the_pod_that_is_spoiled_below_is_fine() -> None:
    assert mutate(RICH, instrumentation()).injections


APP = ["spec", "containers", 0]


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["spec"], [], "'spec'"),
        (["spec", "containers"], {}, "'spec.containers'"),
        (["spec", "containers"], [3], "'spec.containers[0]'"),
        ([*APP, "name"], None, "'spec.containers[0].name'"),
        ([*APP, "name"], 3, "'spec.containers[0].name'"),
        ([*APP, "image"], {}, "'spec.containers[0].image'"),
        ([*APP, "env"], "x", "'spec.containers[0].env'"),
        ([*APP, "env", 0, "name"], None, "'spec.containers[0].env[0].name'"),
        ([*APP, "env", 0, "value"], 3, "'spec.containers[0].env[0].value'"),
        ([*APP, "env", 1, "valueFrom"], "x", "'spec.containers[0].env[1].valueFrom'"),
        ([*APP, "envFrom"], {}, "'spec.containers[0].envFrom'"),
        ([*APP, "volumeMounts", 0, "mountPath"], None, "'spec.containers[0].volumeMounts[0].mountPath'"),
        ([*APP, "securityContext"], "root", "'spec.containers[0].securityContext'"),
        (["spec", "initContainers", 0], None, "'spec.initContainers[0]'"),
        (["spec", "volumes"], ["v"], "'spec.volumes[0]'"),
        (["spec", "nodeName"], 3, "'spec.nodeName'"),
        (["spec", "os"], "linux", "'spec.os'"),
        (["spec", "hostPID"], "no", "'spec.hostPID'"),
    ],
)
def test_a_spec_of_another_shape_is_refused_by_its_field(path: list[Any], value: Any, named: str) -> None:
    given = changed(path, value)
    outcome = mutate(given, instrumentation())
    assert outcome.pod is given
    assert reasons_of(outcome) == [("java", "MalformedPod")]
    assert f"field {named} of another type" in outcome.refusals[0].message


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["metadata"], "x", "field 'metadata'"),
        (["metadata", "annotations"], [], "field 'metadata.annotations'"),
        (["metadata", "annotations", "a"], 3, "field 'metadata.annotations.a'"),
        (["metadata", "annotations", "a"], None, "field 'metadata.annotations.a'"),
        (["metadata", "labels"], "x", "field 'metadata.labels'"),
        (["metadata", "name"], 3, "field 'metadata.name'"),
        (["metadata", "ownerReferences"], [3], "field 'metadata.ownerReferences[0]'"),
    ],
)
def test_metadata_of_another_shape_is_refused_whatever_is_asked(path: list[Any], value: Any, named: str) -> None:
    given = changed(path, value)
    outcome = mutate(given, instrumentation())
    assert outcome.pod is given
    assert reasons_of(outcome) == [("auto-instrumentation", "MalformedPod")]
    assert named in outcome.refusals[0].message


@pytest.mark.parametrize("given", [None, [], "pod", 3])
def test_what_is_no_pod_at_all_is_returned(given: Any) -> None:
    outcome = mutate(given)
    assert outcome.pod is given
    assert reasons_of(outcome) == [("auto-instrumentation", "MalformedPod")]


@pytest.mark.parametrize("field", ["initContainers", "volumes", "nodeName", "os", "resources", "hostPID"])
def test_null_is_how_some_clients_write_what_is_absent(field: str) -> None:
    assert mutate(changed(["spec", field], None), instrumentation()).injections


def test_a_pod_that_asks_for_nothing_is_not_looked_into() -> None:
    given = changed(["spec"], "x") | {"metadata": {}}
    outcome = mutate(given)
    assert outcome.pod is given
    assert not outcome.refusals


@pytest.mark.parametrize("spec", [{}, {"containers": []}, {"containers": None}, None])
@pytest.mark.parametrize("language", ["java", "go", "sdk", "nginx"])
def test_a_pod_without_containers_has_nowhere_to_inject(spec: Any, language: str) -> None:
    given = {"metadata": {"name": "p", "annotations": asking(**{language: "true"})}, "spec": spec}
    outcome = mutate(given, instrumentation())
    assert outcome.pod is given
    assert reasons_of(outcome) == [(language, "ContainerNotFound")]
