"""What a pod has already, where injection would put its own: such a pod is never made one that the API server refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.injection.subjects import P, asking, container, init_names, instrumentation, mutate, named, pod, reasons_of

AGENT = "opentelemetry-auto-instrumentation"
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
TEMPLATE = {"volumeClaimTemplate": {"spec": CLAIM}}


@pytest.mark.parametrize(
    ("language", "spec", "reason", "said"),
    [
        ("java", {"volumes": [{"name": f"{AGENT}-java", "emptyDir": {}}]}, "NameTaken", f"volume '{AGENT}-java'"),
        ("java", {"containers": [container(), container(f"{AGENT}-java")]}, "NameTaken", f"container '{AGENT}-java'"),
        (
            "python",
            {"containers": [container(volumeMounts=[{"name": "v", "mountPath": "/otel-auto-instrumentation-python/"}])]},
            "MountPathTaken",
            "has volume 'v' mounted at /otel-auto-instrumentation-python",
        ),
        (
            "java",
            {"containers": [container(volumeDevices=[{"name": "v", "devicePath": "/otel-auto-instrumentation-java-app"}])]},
            "MountPathTaken",
            "has volume 'v' mounted at /otel-auto-instrumentation-java-app",
        ),
        ("apache-httpd", {"volumes": [{"name": "otel-apache-agent", "secret": {}}]}, "NameTaken", "volume 'otel-apache-agent'"),
        (
            "nginx",
            {"containers": [container(volumeMounts=[{"name": "v", "mountPath": "/opt/opentelemetry-webserver/source-conf"}])]},
            "MountPathTaken",
            "source-conf",
        ),
    ],
)
def test_a_name_or_path_that_is_taken_is_refused(language: str, spec: dict[str, Any], reason: str, said: str) -> None:
    given = pod(annotations=asking(**{language: "true"}))
    given["spec"] |= spec
    outcome = mutate(given, instrumentation())
    assert outcome.pod is given
    assert reasons_of(outcome) == [(language, reason)]
    assert said in outcome.refusals[0].message


def test_a_conflict_in_one_container_leaves_the_others() -> None:
    taken = container("b", volumeMounts=[{"name": "v", "mountPath": "/otel-auto-instrumentation-nodejs"}])
    given = pod(container(), taken, annotations=asking(nodejs="true") | {f"{P}container-names": "app,b"})
    outcome = mutate(given, instrumentation())
    assert outcome.injections[0].containers == ("app",)
    assert named(outcome.pod, "b") == taken


def test_two_secrets_whose_names_are_cut_alike_are_not_mixed_up() -> None:
    first, second = ("x" * 60 + end for end in "ab")
    java = instrumentation("one", exporter={"tls": {"secretName": first}})
    sdk = instrumentation("two", exporter={"tls": {"secretName": second}})
    given = pod(
        container(),
        container("b"),
        annotations=asking(java="one", sdk="two") | {f"{P}java-container-names": "app", f"{P}sdk-container-names": "b"},
    )
    outcome = mutate(given, java, sdk)
    assert [done.feature for done in outcome.injections] == ["java"]
    assert reasons_of(outcome) == [("sdk", "NameTaken")]
    assert named(outcome.pod, "b") == container("b")


def test_a_pod_whose_name_is_too_long_for_the_claim_is_refused() -> None:
    given = pod(annotations=asking(python="true"))
    given["metadata"]["name"] = "x" * 230
    assert reasons_of(mutate(given, instrumentation(python=TEMPLATE))) == [("python", "VolumeClaimNameTooLong")]
    given["metadata"]["name"] = "x" * 200
    assert mutate(given, instrumentation(python=TEMPLATE)).injections


@pytest.mark.parametrize("language", ["java", "python", "apache-httpd", "go"])
def test_a_pod_with_resources_of_its_own_shares_them_with_what_is_added(language: str) -> None:
    annotations = asking(**{language: "true"}) | {f"{P}otel-go-auto-target-exe": "/x"}
    outcome = mutate(pod(annotations=annotations, resources={"limits": {"cpu": "100m"}}), instrumentation())
    added = [*init_names(outcome), *[item["name"] for item in outcome.pod["spec"]["containers"][1:]]]
    assert added
    assert all("resources" not in named(outcome.pod, name) for name in added)


def test_an_instrumentation_of_the_wrong_shape_counts_as_far_as_it_can_be_read() -> None:
    spec = {
        "exporter": "x",
        "sampler": [],
        "propagators": "b3",
        "env": ["x", {"value": "nameless"}],
        "resource": {"resourceAttributes": ["a"]},
        "java": {"env": {}, "extensions": ["x"], "volumeClaimTemplate": 3, "resources": "much"},
        "defaults": 1,
        "initContainerSecurityContext": "root",
    }
    outcome = mutate(pod(annotations=asking(java="true")), instrumentation(**spec))
    assert init_names(outcome) == [f"{AGENT}-java"]
    for broken in ({"metadata": {"namespace": "ns1", "name": "inst"}}, instrumentation() | {"spec": []}):
        assert mutate(pod(annotations=asking(java="true", sdk="false")), broken).injections
    image_of_no_kind = instrumentation(java={"image": 3})
    assert reasons_of(mutate(pod(annotations=asking(java="true")), image_of_no_kind)) == [("java", "NoImage")]


def test_a_request_above_the_default_limit_raises_it() -> None:
    spec = {"python": {"resourceRequirements": {"requests": {"cpu": "1"}}}}
    outcome = mutate(pod(annotations=asking(python="true")), instrumentation(**spec))
    assert named(outcome.pod, f"{AGENT}-python")["resources"] == {
        "limits": {"cpu": "1", "memory": "256Mi"},
        "requests": {"cpu": "1"},
    }


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"imagePullPolicy": "always"}, "spec.imagePullPolicy 'always'; give one of Always, IfNotPresent, Never"),
        ({"java": {"extensions": [{"image": "x"}]}}, "without image or dir in spec.java.extensions"),
        ({"java": {"extensions": [{"dir": "/x"}]}}, "without image or dir in spec.java.extensions"),
        ({"java": {"extensions": [{"dir": "/x", "image": "x "}]}}, "spec.java.extensions[0].image 'x '; remove the blanks"),
        ({"java": {"image": " x"}}, "spec.java.image ' x'; remove the blanks"),
        (
            {"java": {"volumeClaimTemplate": {"spec": {**CLAIM, "accessModes": []}}}},
            "volumeClaimTemplate.spec.accessModes missing",
        ),
        (
            {"java": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}},
            "spec.resources.requests.storage missing",
        ),
        ({"java": {"volumeLimitSize": "-1Gi"}}, "spec.java.volumeLimitSize -1Gi; give a size above zero"),
        ({"java": {"resources": {"requests": {"cpus": "1"}}}}, "'requests.cpus' in spec.java.resources"),
    ],
)
def test_what_the_api_server_would_refuse_is_not_injected(spec: dict[str, Any], said: str) -> None:
    given = pod(annotations=asking(java="true"))
    outcome = mutate(given, instrumentation(**spec))
    assert outcome.pod is given
    assert reasons_of(outcome) == [("java", "BadInstrumentation")]
    assert said in outcome.refusals[0].message


@pytest.mark.parametrize(
    "variable",
    [
        {"name": "", "value": "x"},
        {"name": "A=B", "value": "x"},
        {"name": "Ä", "value": "x"},
        {"name": 3, "value": "x"},
        {"value": "x"},
        {"name": "A", "value": 3},
        {"name": "A", "valueFrom": {}},
        {"name": "A", "valueFrom": {"fieldRef": {}, "secretKeyRef": {}}},
        {"name": "A", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ],
)
def test_a_variable_that_no_pod_may_have_is_left_out_and_reported(variable: dict[str, Any]) -> None:
    fine = {"name": "with blank", "value": ""}
    outcome = mutate(pod(annotations=asking(sdk="true")), instrumentation(env=[variable, fine]))
    env = named(outcome.pod, "app")["env"]
    assert variable not in env
    assert fine in env
    assert reasons_of(outcome) == [("sdk", "BadInstrumentation")]


@pytest.mark.parametrize(
    ("containers", "refusals", "more"), [(5, 5, ""), (6, 5, "(and 1 more of this kind)"), (300, 5, "(and 295 more")]
)
def test_refusals_of_many_containers_are_counted_and_not_all_listed(containers: int, refusals: int, more: str) -> None:
    names = [f"c{index}" for index in range(containers)]
    elsewhere = [{"name": "NODE_OPTIONS", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]
    annotations = asking(nodejs="true") | {f"{P}container-names": ",".join([*names, "app"])}
    given = pod(*(container(name, env=elsewhere) for name in names), container(), annotations=annotations)
    outcome = mutate(given, instrumentation())
    assert outcome.injections[0].containers == ("app",)
    assert reasons_of(outcome) == [("nodejs", "ValueFrom")] * refusals
    assert more in outcome.refusals[-1].message
    assert "more of this kind" not in outcome.refusals[-2].message
