"""The Go agent's sidecar."""

from __future__ import annotations

from typing import Any

import pytest

from otel_operator.settings import InjectionSettings
from tests.injection.subjects import (
    EVERY_LANGUAGE,
    P,
    asking,
    attributes_of,
    container,
    deployment_owners,
    env_pairs,
    instrumentation,
    mutate,
    named,
    pod,
    reasons_of,
)

SIDECAR = "opentelemetry-auto-instrumentation"
GO = asking(go="true") | {f"{P}otel-go-auto-target-exe": "/app/server"}
DEBUG = {"name": "kernel-debug", "hostPath": {"path": "/sys/kernel/debug"}}
MOUNT = {"name": "kernel-debug", "mountPath": "/sys/kernel/debug"}


def test_the_sidecar_is_added_and_the_application_not_touched() -> None:
    spec = {
        "exporter": {"endpoint": "http://c:4318", "tls": {"secretName": "s"}},
        "env": [{"name": "ALL", "value": "1"}],
        "go": {"env": [{"name": "OWN", "value": "1"}]},
        "initContainerSecurityContext": {"runAsUser": 5},
        "imagePullPolicy": "Always",
    }
    app = container(env=[{"name": "A", "value": "1"}])
    outcome = mutate(pod(app, annotations=GO), instrumentation(**spec), owners=deployment_owners())
    pod_spec = outcome.pod["spec"]
    assert pod_spec["shareProcessNamespace"] is True
    assert pod_spec["containers"][0] == app
    assert "initContainers" not in pod_spec
    sidecar = pod_spec["containers"][1]
    pairs = env_pairs(sidecar)
    assert pairs[:-1] == [
        ("OTEL_NODE_IP", "field:status.hostIP"),
        ("OTEL_POD_IP", "field:status.podIP"),
        ("OTEL_GO_AUTO_TARGET_EXE", "/app/server"),
        ("OWN", "1"),
        ("ALL", "1"),
        ("OTEL_SERVICE_NAME", "web"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318"),
        ("OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "field:metadata.name"),
        ("OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "field:spec.nodeName"),
    ]
    secret = {"name": "otel-auto-secret-s", "mountPath": "/otel-auto-instrumentation-secret-s", "readOnly": True}
    assert {key: value for key, value in sidecar.items() if key != "env"} == {
        "name": SIDECAR,
        "image": "ghcr.io/open-telemetry/opentelemetry-go-instrumentation/autoinstrumentation-go:v0.24.0",
        "imagePullPolicy": "Always",
        "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}},
        "securityContext": {"privileged": True, "runAsUser": 0},
        "volumeMounts": [MOUNT, secret],
    }
    assert pod_spec["volumes"] == [DEBUG, {"name": "otel-auto-secret-s", "secret": {"secretName": "s"}}]
    assert outcome.injections[0].containers == ("app",)


def test_attributes_are_those_of_the_container_that_is_looked_into() -> None:
    text = "team=a,k8s.pod.name=mine"
    target = container("b", image="other:7", env=[{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": text}])
    outcome = mutate(pod(container(), target, annotations=GO | {f"{P}go-container-names": "b"}), instrumentation())
    attributes = attributes_of(outcome, SIDECAR)
    assert attributes["k8s.container.name"] == "b"
    assert attributes["service.version"] == "7"
    assert {"team", "k8s.pod.name"}.isdisjoint(attributes)
    assert named(outcome.pod, "b") == target


def test_the_security_context_is_the_instrumentations_own_for_go() -> None:
    spec = {"go": {"securityContext": {"runAsUser": 0}}}
    assert named(mutate(pod(annotations=GO), instrumentation(**spec)).pod, SIDECAR)["securityContext"] == {"runAsUser": 0}


@pytest.mark.parametrize(
    ("annotations", "multi", "target"),
    [
        ({"go-container-names": "b"}, True, "b"),
        ({"container-names": "b"}, True, "b"),
        ({"container-names": "b"}, False, "b"),
        ({"go-container-names": "b"}, False, "app"),
        ({"container-names": "b,app"}, True, "b"),  # the other annotation is not checked
        ({"go-container-names": "b,app"}, False, "app"),
        ({"container-names": "gone"}, True, "app"),
        ({}, True, "app"),
    ],
)
def test_one_container_is_looked_into(annotations: dict[str, str], multi: bool, target: str) -> None:
    settings = InjectionSettings(enabled_languages=frozenset(EVERY_LANGUAGE), multi_instrumentation=multi)
    lists = {f"{P}{key}": value for key, value in annotations.items()}
    outcome = mutate(pod(container(), container("b"), annotations=GO | lists), instrumentation(), settings=settings)
    assert [done.containers for done in outcome.injections] == [(target,)]
    assert reasons_of(outcome) == ([("go", "ContainerNotFound")] if "gone" in lists.values() else [])


@pytest.mark.parametrize(
    ("annotations", "spec", "labels", "reason", "said"),
    [
        ({"go-container-names": "app,b"}, {}, {}, "OneContainerOnly", "names 2 containers"),
        ({"go-container-names": "i"}, {}, {}, "InitContainerUnsupported", "'i' is an init container"),
        ({}, {"shareProcessNamespace": False}, {}, "ProcessNamespace", "spec.shareProcessNamespace is false"),
        ({}, {"hostPID": True}, {}, "ProcessNamespace", "spec.hostPID"),
        ({}, {}, {"pod-security.kubernetes.io/enforce": "baseline"}, "PodSecurity", "is baseline"),
        ({}, {}, {"pod-security.kubernetes.io/enforce": "restricted"}, "PodSecurity", "is restricted"),
        ({}, {"volumes": [{"name": "kernel-debug", "emptyDir": {}}]}, {}, "NameTaken", "'kernel-debug'"),
        ({"otel-go-auto-target-exe": ""}, {}, {}, "TargetExeMissing", "annotation instrumentation.opentelemetry.io/otel-go-auto"),
    ],
)
def test_a_pod_that_cannot_have_it_stays_as_it_is(
    annotations: dict[str, str], spec: dict[str, Any], labels: dict[str, str], reason: str, said: str
) -> None:
    more = {f"{P}{key}": value for key, value in annotations.items()}
    given = pod(container(), container("b"), annotations=GO | more, **{"initContainers": [container("i")], **spec})
    outcome = mutate(given, instrumentation(), namespace_labels=labels)
    assert outcome.pod is given
    assert reasons_of(outcome) == [("go", reason)]
    assert said in outcome.refusals[0].message


@pytest.mark.parametrize("where", ["own", "common"])
def test_the_program_may_be_named_by_the_instrumentation_but_not_by_the_namespace(where: str) -> None:
    env = [{"name": "OTEL_GO_AUTO_TARGET_EXE", "value": "/x"}]
    spec = {"env": env} if where == "common" else {"go": {"env": env}}
    assert mutate(pod(annotations=asking(go="true")), instrumentation(**spec)).injections
    on_namespace = {f"{P}otel-go-auto-target-exe": "/x"}
    assert not mutate(pod(annotations=asking(go="true")), instrumentation(), namespace_annotations=on_namespace).injections


def test_a_volume_of_kernel_debug_that_is_there_is_shared() -> None:
    outcome = mutate(pod(annotations=GO, volumes=[DEBUG], shareProcessNamespace=True), instrumentation())
    assert outcome.pod["spec"]["volumes"] == [DEBUG]
