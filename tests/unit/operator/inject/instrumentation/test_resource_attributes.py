"""Resource attributes and the name of the service."""

from __future__ import annotations

from typing import Any

import pytest

from otel_operator.inject.subject import Owner
from tests.injection.subjects import (
    asking,
    attributes_of,
    container,
    deployment_owners,
    env_of,
    instrumentation,
    mutate,
    pod,
    reasons_of,
)

SDK = asking(sdk="true")
R = "resource.opentelemetry.io/"


def owner(kind: str, name: str) -> Owner:
    return Owner("any/v1", kind, name, f"{name}-uid")


@pytest.mark.parametrize("with_uids", [True, False])
@pytest.mark.parametrize(
    ("owners", "expected", "service"),
    [
        ((owner("ReplicaSet", "rs"), owner("Deployment", "dep")), {"replicaset": "rs", "deployment": "dep"}, "dep"),
        ((owner("replicaset", "rs"),), {"replicaset": "rs"}, "rs"),
        ((owner("StatefulSet", "sts"),), {"statefulset": "sts"}, "sts"),
        ((owner("DaemonSet", "ds"),), {"daemonset": "ds"}, "ds"),
        ((owner("Job", "job"), owner("CronJob", "cron")), {"job": "job", "cronjob": "cron"}, "cron"),
        ((owner("Job", "job"),), {"job": "job"}, "job"),
        ((owner("Rollout", "ro"), owner("Deployment", "dep")), {"deployment": "dep"}, "dep"),
        ((owner("Deployment", "near"), owner("Deployment", "far")), {"deployment": "near"}, "near"),
        ((), {}, "app"),
    ],
)
def test_owners_become_attributes_and_name_the_service(
    owners: tuple[Owner, ...], expected: dict[str, str], service: str, with_uids: bool
) -> None:
    spec = {"resource": {"addK8sUIDAttributes": True}} if with_uids else {}
    outcome = mutate(pod(annotations=SDK), instrumentation(**spec), owners=owners)
    attributes = attributes_of(outcome)
    found = {key: value for key, value in attributes.items() if key.startswith("k8s.")}
    for fixed in ("k8s.namespace.name", "k8s.container.name", "k8s.pod.name", "k8s.node.name"):
        found.pop(fixed)
    wanted = {f"k8s.{kind}.name": name for kind, name in expected.items()}
    if with_uids:
        wanted |= {f"k8s.{kind}.uid": f"{name}-uid" for kind, name in expected.items()}
        wanted["k8s.pod.uid"] = "$(OTEL_RESOURCE_ATTRIBUTES_POD_UID)"
    assert found == wanted
    assert ("OTEL_RESOURCE_ATTRIBUTES_POD_UID" in env_of(outcome)) == with_uids
    assert env_of(outcome)["OTEL_SERVICE_NAME"] == service


def test_owners_that_only_the_pod_knows_count_as_well() -> None:
    given = pod(annotations=SDK)
    given["metadata"]["ownerReferences"] = [
        {"kind": "ReplicaSet", "name": "web-5d8f", "uid": "rs-uid"},
        {"kind": "StatefulSet", "name": "sts", "uid": "sts-uid"},
    ]
    attributes = attributes_of(mutate(given, instrumentation(), owners=deployment_owners()))
    assert attributes["k8s.deployment.name"] == "web"
    assert attributes["k8s.statefulset.name"] == "sts"


def test_an_owner_without_a_name_or_kind_is_passed_over() -> None:
    given = pod(annotations=SDK)
    given["metadata"]["ownerReferences"] = [{}, {"kind": "Job"}, {"name": "x"}, {"kind": "Job", "name": "real", "uid": "u"}]
    attributes = attributes_of(mutate(given, instrumentation()))
    assert {key: value for key, value in attributes.items() if "job" in key} == {"k8s.job.name": "real"}


LABELS = {"app.kubernetes.io/instance": "inst-label", "app.kubernetes.io/name": "name-label", "app.kubernetes.io/version": "9"}


@pytest.mark.parametrize(
    ("use_labels", "labels", "annotation", "name", "service", "version"),
    [
        (True, LABELS, "said", "p", "said", "9"),
        (True, LABELS, "", "p", "inst-label", "9"),
        (True, {"app.kubernetes.io/name": "name-label"}, "", "p", "name-label", "1.2"),
        (True, {}, "", "p", "p", "1.2"),
        (False, LABELS, "", "p", "p", "1.2"),
        (False, LABELS, "", "", "app", "1.2"),
    ],
)
def test_annotation_then_labels_if_wanted_then_pod_then_container_name_the_service(
    use_labels: bool, labels: dict[str, str], annotation: str, name: str, service: str, version: str
) -> None:
    given = pod(annotations=SDK | ({f"{R}service.name": annotation} if annotation else {}), labels=labels)
    if name:
        given["metadata"]["name"] = name
    outcome = mutate(given, instrumentation(defaults={"useLabelsForResourceAttributes": use_labels}))
    assert env_of(outcome)["OTEL_SERVICE_NAME"] == service
    assert attributes_of(outcome)["service.version"] == version
    assert "service.name" not in attributes_of(outcome)


def test_an_instrumentation_may_supply_the_owner_that_names_the_service() -> None:
    spec = {"resource": {"resourceAttributes": {"k8s.deployment.name": "given", "service.namespace": "never", "team": "a"}}}
    outcome = mutate(pod(annotations=SDK), instrumentation(**spec))
    assert env_of(outcome)["OTEL_SERVICE_NAME"] == "given"
    assert attributes_of(outcome)["service.namespace"] == "ns1"
    assert attributes_of(outcome)["team"] == "a"


def test_keys_that_the_container_has_do_not_hide_the_name_of_the_service() -> None:
    text = "k8s.deployment.name=other, k8s.pod.name = mine"
    given = pod(container(env=[{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": text}]), annotations=SDK)
    outcome = mutate(given, instrumentation(), owners=deployment_owners())
    assert env_of(outcome)["OTEL_SERVICE_NAME"] == "web"
    written = env_of(outcome)["OTEL_RESOURCE_ATTRIBUTES"]
    assert written.startswith(f"{text},")
    assert written.count("k8s.pod.name") == 1
    assert written.count("k8s.deployment.name") == 1


def test_annotations_of_the_pod_win_over_what_is_computed_and_that_over_the_instrumentation() -> None:
    annotations = SDK | {
        f"{R}k8s.container.name": "annotated",
        f"{R}service.namespace": "ns-annotated",
        f"{R}service.instance.id": "id-annotated",
        f"{R}service.version": "v-annotated",
        f"{R}k8s.node.name": "node-annotated",
        f"{R}k8s.pod.name": "never",
        f"{R}team": "annotated",
    }
    of_instrumentation = {"k8s.namespace.name": "never", "team": "never", "service.version": "never", "only": "here"}
    outcome = mutate(pod(annotations=annotations), instrumentation(resource={"resourceAttributes": of_instrumentation}))
    assert attributes_of(outcome) == {
        "k8s.container.name": "annotated",
        "k8s.namespace.name": "ns1",
        "k8s.node.name": "node-annotated",
        "k8s.pod.name": "$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)",
        "only": "here",
        "service.instance.id": "id-annotated",
        "service.namespace": "ns-annotated",
        "service.version": "v-annotated",
        "team": "annotated",
    }
    assert "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME" not in env_of(outcome)


def test_annotations_of_the_namespace_are_no_attributes() -> None:
    outcome = mutate(pod(annotations=SDK), instrumentation(), namespace_annotations={f"{R}team": "a"})
    assert "team" not in attributes_of(outcome)


def test_the_version_of_the_instrumentation_counts_where_nothing_else_tells_it() -> None:
    spec = {"resource": {"resourceAttributes": {"service.version": "given"}}}
    outcome = mutate(pod(container(image="img"), annotations=SDK), instrumentation(**spec))
    assert attributes_of(outcome)["service.version"] == "given"


def test_text_that_speaks_of_a_version_gets_none() -> None:
    given = pod(container(env=[{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "my.service.version=1"}]), annotations=SDK)
    assert "service.version" not in attributes_of(mutate(given, instrumentation()))


def test_node_and_uid_that_are_known_at_admission_are_written_out() -> None:
    given = pod(annotations=SDK, nodeName="n1")
    given["metadata"]["uid"] = "u1"
    outcome = mutate(given, instrumentation(resource={"addK8sUIDAttributes": True}))
    assert attributes_of(outcome)["k8s.node.name"] == "n1"
    assert attributes_of(outcome)["k8s.pod.uid"] == "u1"
    assert {"OTEL_RESOURCE_ATTRIBUTES_POD_UID", "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"}.isdisjoint(env_of(outcome))


@pytest.mark.parametrize(("text", "start"), [("", "k8s."), ("a=b", "a=b,k8s."), ("a=b,", "a=b,k8s."), ("junk", "junk,k8s.")])
def test_existing_text_is_kept_and_joined_by_one_comma(text: str, start: str) -> None:
    given = pod(container(env=[{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": text}, {"name": "Z"}]), annotations=SDK)
    outcome = mutate(given, instrumentation())
    assert env_of(outcome)["OTEL_RESOURCE_ATTRIBUTES"].startswith(start)
    assert list(env_of(outcome))[-1] == "OTEL_RESOURCE_ATTRIBUTES"


@pytest.mark.parametrize("language", ["sdk", "java", "nodejs", "python", "dotnet"])
def test_attributes_from_elsewhere_are_left_alone_and_the_rest_is_injected(language: str) -> None:
    variable: dict[str, Any] = {"name": "OTEL_RESOURCE_ATTRIBUTES", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}
    given = pod(container(env=[variable]), annotations=asking(**{language: "true"}))
    outcome = mutate(given, instrumentation())
    assert variable in outcome.pod["spec"]["containers"][0]["env"]
    assert env_of(outcome)["OTEL_SERVICE_NAME"] == "app"
    assert reasons_of(outcome) == [(language, "ValueFrom")]


def test_two_languages_on_a_container_repeat_neither_variables_nor_keys() -> None:
    annotations = asking(java="true", sdk="true") | {"instrumentation.opentelemetry.io/container-names": "app"}
    outcome = mutate(pod(annotations=annotations), instrumentation())
    variables = [variable["name"] for variable in outcome.pod["spec"]["containers"][0]["env"]]
    assert len(set(variables)) == len(variables)
    assert attributes_of(outcome)["k8s.pod.name"] == "$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME)"
    assert variables[-1] == "OTEL_RESOURCE_ATTRIBUTES"
