"""The pod before and after, from the Go operator's behaviour (spec: operator §4)."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from otel_operator.inject.outcome import Injection, Outcome
from otel_operator.inject.subject import Owner
from tests.unit.operator.inject.sidecar.conftest import collector, pod

Inject = Callable[..., Outcome]
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def sidecar_of(outcome: Outcome, place: str = "initContainers") -> dict[str, Any]:
    [found] = [container for container in outcome.pod["spec"].get(place, []) if container["name"] == "otc-container"]
    return dict(found)


def value_of(container: dict[str, Any], name: str) -> str:
    [variable] = [variable for variable in container["env"] if variable["name"] == name]
    return str(variable["value"])


def test_a_native_sidecar_comes_last_among_the_init_containers(inject: Inject) -> None:
    spec = {"initContainers": [{"name": "migrate"}]}
    outcome = inject(pod(**spec), collector(initContainers=[{"name": "prepare", "image": "p"}]))
    assert [container["name"] for container in outcome.pod["spec"]["initContainers"]] == ["migrate", "prepare", "otc-container"]
    assert sidecar_of(outcome)["restartPolicy"] == "Always"
    assert [container["name"] for container in outcome.pod["spec"]["containers"]] == ["web"]
    assert outcome.injections == (Injection("sidecar", ("shop", "side")),)
    assert outcome.refusals == ()


def test_without_native_sidecars_it_comes_last_among_the_containers(inject: Inject) -> None:
    outcome = inject(pod(), collector(initContainers=[{"name": "prepare", "image": "p"}]), native=False)
    assert [container["name"] for container in outcome.pod["spec"]["containers"]] == ["web", "otc-container"]
    assert [container["name"] for container in outcome.pod["spec"]["initContainers"]] == ["prepare"]
    assert "restartPolicy" not in sidecar_of(outcome, "containers")


def test_the_container_is_the_workloads_but_for_its_configuration(inject: Inject) -> None:
    given = collector(
        args={"feature-gates": "+x", "config": "y", "a": "b"},
        env=[{"name": "OWN", "value": "1"}],
        resources={"limits": {"memory": "64Mi"}},
        volumeMounts=[{"name": "data", "mountPath": "/data"}],
        volumes=[{"name": "data", "emptyDir": {}}],
        configmaps=[{"name": "more", "mountpath": "/extra"}],
        additionalContainers=[{"name": "never"}],
        podSecurityContext={"runAsUser": 1},
        serviceAccount="never",
    )
    owners = (Owner("apps/v1", "ReplicaSet", "web-1", "u-1"), Owner("apps/v1", "Deployment", "web", "u-2"))
    outcome = inject(pod(volumes=[{"name": "own", "emptyDir": {}}]), given, owners=owners)
    container = sidecar_of(outcome)
    assert container["image"] == "ghcr.io/x/collector:1.2.3"
    assert container["args"] == ["--a=b", "--config=y", "--feature-gates=+x", "--config=env:OTEL_CONFIG"]
    assert container["ports"] == [
        {"name": "metrics", "containerPort": 8888, "protocol": "TCP"},
        {"name": "otlp-grpc", "containerPort": 4317, "protocol": "TCP"},
    ]
    assert container["resources"] == {"limits": {"memory": "64Mi"}}
    assert [variable["name"] for variable in container["env"]] == [
        "OWN",
        "POD_NAME",
        "GOMEMLIMIT",
        "GOMAXPROCS",
        "OTEL_CONFIG",
        "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
        "OTEL_RESOURCE_ATTRIBUTES_POD_UID",
        "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
        "OTEL_RESOURCE_ATTRIBUTES",
    ]
    assert value_of(container, "OTEL_RESOURCE_ATTRIBUTES") == (
        "k8s.deployment.name=web,k8s.deployment.uid=u-2,k8s.namespace.name=shop,"
        "k8s.node.name=$(OTEL_RESOURCE_ATTRIBUTES_NODE_NAME),k8s.pod.name=$(OTEL_RESOURCE_ATTRIBUTES_POD_NAME),"
        "k8s.pod.uid=$(OTEL_RESOURCE_ATTRIBUTES_POD_UID),k8s.replicaset.name=web-1,k8s.replicaset.uid=u-1"
    )
    assert container["volumeMounts"] == [
        {"name": "data", "mountPath": "/data"},
        {"name": "configmap-more", "mountPath": "/var/conf/extra/configmap-more"},
    ]
    assert outcome.pod["spec"]["volumes"] == [
        {"name": "own", "emptyDir": {}},
        {"name": "data", "emptyDir": {}},
        {"name": "configmap-more", "configMap": {"name": "more"}},
    ]
    assert outcome.pod["spec"].keys() == {"containers", "initContainers", "volumes"}


def test_the_configuration_comes_defaulted_in_a_variable(inject: Inject) -> None:
    config = yaml.safe_load(value_of(sidecar_of(inject(pod(), collector())), "OTEL_CONFIG"))
    assert config["receivers"]["otlp"]["protocols"]["grpc"] == {"endpoint": "0.0.0.0:4317"}
    assert list(config) == ["receivers", "exporters", "service"]


def test_dollars_of_the_configuration_survive_the_kubelet(inject: Inject) -> None:
    given = collector()
    given["spec"]["config"]["exporters"]["debug"] = {"a": "$$1", "b": "${env:POD_NAME}", "c": "$$$"}
    text = value_of(sidecar_of(inject(pod(), given)), "OTEL_CONFIG")
    # The kubelet reads the value from left to right and halves pairs of dollars.
    assert yaml.safe_load(text.replace("$$", "$"))["exporters"]["debug"] == {"a": "$$1", "b": "${env:POD_NAME}", "c": "$$$"}


def test_attributes_that_the_collector_sets_itself_are_left_to_it(inject: Inject) -> None:
    given = collector(env=[{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "a=b"}])
    names = [variable["name"] for variable in sidecar_of(inject(pod(), given))["env"]]
    assert [name for name in names if name.startswith("OTEL_RESOURCE")] == ["OTEL_RESOURCE_ATTRIBUTES"]


def test_the_pod_is_labelled_with_its_collector(inject: Inject) -> None:
    labels = inject(pod(), collector("c" * 60)).pod["metadata"]["labels"]
    assert labels == {"app": "web", "sidecar.opentelemetry.io/injected": "sh." + "c" * 60}


def test_probes_of_the_health_check_make_the_pod_wait_for_the_collector(inject: Inject) -> None:
    given = collector(readinessProbe={"periodSeconds": 3})
    given["spec"]["config"]["extensions"] = {"health_check": {}}
    given["spec"]["config"]["service"]["extensions"] = ["health_check"]
    container = sidecar_of(inject(pod(), given))
    assert container["startupProbe"]["httpGet"] == {"path": "/", "port": 13133}
    assert container["readinessProbe"] == {"httpGet": {"path": "/", "port": 13133}, "periodSeconds": 3}


@pytest.mark.parametrize("native", [True, False])
def test_doing_it_again_changes_nothing(inject: Inject, native: bool) -> None:
    once = inject(pod(), collector(), native=native)
    again = inject(once.pod, collector(), native=native)
    assert again == Outcome(once.pod)
    assert again.pod is once.pod


def test_neither_pod_nor_collector_is_changed_in_place(inject: Inject) -> None:
    given, asked = collector(volumes=[{"name": "data", "emptyDir": {}}]), pod()
    before = copy.deepcopy((given, asked))
    json.dumps(inject(asked, given).pod)
    assert (given, asked) == before


@pytest.mark.parametrize("value", ["false", "False"])
def test_false_takes_the_container_out_and_leaves_volumes(inject: Inject, value: str) -> None:
    spec = {
        "containers": [{"name": "web"}, {"name": "otc-container"}],
        "initContainers": [{"name": "otc-container"}, {"name": "migrate"}],
        "volumes": [{"name": "configmap-more"}],
    }
    cleared = inject(pod(value, **spec)).pod["spec"]
    assert cleared == {
        "containers": [{"name": "web"}],
        "initContainers": [{"name": "migrate"}],
        "volumes": [{"name": "configmap-more"}],
    }
    older = inject(pod(value, **spec), native=False).pod["spec"]
    assert older["initContainers"] == spec["initContainers"]
    assert older["containers"] == [{"name": "web"}]


def test_a_pod_of_a_collector_keeps_its_only_container_where_the_namespace_says_false(inject: Inject) -> None:
    alone = pod(None, containers=[{"name": "otc-container"}])
    assert inject(alone, namespace={"sidecar.opentelemetry.io/inject": "false"}).pod is alone
    beside = pod(None, containers=[{"name": "otc-container"}, {"name": "helper"}])
    beside["metadata"]["labels"] = {
        "app.kubernetes.io/managed-by": "opentelemetry-operator",
        "app.kubernetes.io/component": "opentelemetry-collector",
    }
    assert inject(beside, namespace={"sidecar.opentelemetry.io/inject": "false"}).pod is beside


def test_a_pod_that_does_not_ask_is_untouched(inject: Inject) -> None:
    plain = pod(None)
    assert inject(plain, collector()).pod is plain


def test_a_restricted_namespace_gets_a_restricted_container(inject: Inject) -> None:
    given = collector(securityContext={"runAsUser": 7}, initContainers=[{"name": "prepare", "image": "p"}])
    asked = pod(securityContext={"seccompProfile": {"type": "RuntimeDefault"}})
    for container in inject(asked, given, labels=RESTRICTED).pod["spec"]["initContainers"]:
        context = container["securityContext"]
        assert context | {"runAsUser": 7} == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": 7,
        }
    assert sidecar_of(inject(asked, given))["securityContext"] == {"runAsUser": 7}


@pytest.mark.parametrize(
    ("level", "spec", "brings"),
    [
        ("baseline", {"ports": [{"name": "p", "port": 9000, "hostPort": 9000}]}, "ports.hostPort of container 'otc-container'"),
        ("baseline", {"volumes": [{"name": "v", "hostPath": {"path": "/var/log"}}]}, "hostPath of volume 'v'"),
        ("restricted", {"securityContext": {"runAsUser": 0}}, "securityContext.runAsUser of container 'otc-container'"),
        (
            "restricted",
            {"initContainers": [{"name": "prepare", "image": "p", "securityContext": {"runAsNonRoot": False}}]},
            "securityContext.runAsNonRoot of container 'prepare'",
        ),
    ],
)
def test_what_the_namespace_would_not_let_in_keeps_no_pod_out(
    inject: Inject, level: str, spec: dict[str, Any], brings: str
) -> None:
    given = pod()
    outcome = inject(given, collector(**spec), labels={"pod-security.kubernetes.io/enforce": level})
    assert outcome.pod is given
    [refusal] = outcome.refusals
    assert refusal.reason == "PodSecurity"
    assert f"it brings {brings}, and label pod-security.kubernetes.io/enforce of namespace shop is {level}" in refusal.message
    assert inject(given, collector(**spec)).injections


def test_a_pod_with_resources_of_its_own_shares_them_with_the_collector(inject: Inject) -> None:
    resources = {"requests": {"cpu": "50m"}}
    given = collector(resources=resources)
    assert sidecar_of(inject(pod(), given))["resources"] == resources
    assert "resources" not in sidecar_of(inject(pod(resources={"requests": {"cpu": "20m"}}), given))


def test_a_volume_that_the_pod_has_just_so_is_shared(inject: Inject) -> None:
    volume = {"name": "data", "emptyDir": {}}
    outcome = inject(pod(volumes=[volume]), collector(volumes=[volume]))
    assert outcome.pod["spec"]["volumes"] == [volume]
    assert outcome.refusals == ()


@pytest.mark.parametrize(
    ("spec", "collector_spec", "reason", "said"),
    [
        (
            {"containers": [{"name": "prepare"}]},
            {"initContainers": [{"name": "prepare"}]},
            "ContainerNameTaken",
            "a container 'prepare'",
        ),
        (
            {"volumes": [{"name": "data", "emptyDir": {}}]},
            {"volumes": [{"name": "data", "hostPath": {"path": "/"}}]},
            "VolumeNameTaken",
            "another volume 'data'",
        ),
        ({}, {"volumeMounts": [{"name": "gone", "mountPath": "/x"}]}, "VolumeMissing", "names volume 'gone'"),
        (
            {"hostNetwork": True, "containers": [{"name": "web", "ports": [{"containerPort": 4317}]}]},
            {},
            "HostPortTaken",
            "port 4317/TCP of its node",
        ),
        (
            {"containers": [{"name": "web", "ports": [{"containerPort": 1, "hostPort": 9000, "protocol": "TCP"}]}]},
            {"ports": [{"name": "x", "port": 9000, "hostPort": 9000}]},
            "HostPortTaken",
            "port 9000/TCP of its node",
        ),
        ({}, {"config": {"receivers": {"a": "x" * 131_072}}}, "ConfigTooLarge", "Linux takes 131072"),
        (
            {},
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]},
            "CollectorInvalid",
            "'otc-container' has env 'A'",
        ),
        ({}, {"resources": {"requests": {"cpus": "1"}}}, "CollectorInvalid", "has resources.requests.cpus"),
        ({}, {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}, "CollectorInvalid", "limits below"),
        ({}, {"securityContext": {"runAsUser": -1}}, "CollectorInvalid", "has securityContext.runAsUser"),
        ({}, {"image": " x"}, "CollectorInvalid", "has image ' x'"),
        ({}, {"imagePullPolicy": "always"}, "CollectorInvalid", "has imagePullPolicy 'always'"),
        ({}, {"volumes": [{"name": "Bad", "emptyDir": {}}]}, "CollectorInvalid", "it has a volume 'Bad'"),
        ({}, {"volumes": [{"name": "a"}, {"name": "a"}]}, "CollectorInvalid", "it has two volumes 'a'"),
        ({}, {"initContainers": [{"name": "Bad", "image": "x"}]}, "CollectorInvalid", "container 'Bad' has that name"),
        ({}, {"initContainers": [{"name": "x"}]}, "CollectorInvalid", "container 'x' has image ''"),
        (
            {"volumes": [{"name": "a", "emptyDir": {}}]},
            {"volumeMounts": [{"name": "a", "mountPath": "/x"}, {"name": "a", "mountPath": "/x"}]},
            "CollectorInvalid",
            "has mountPath '/x' in volumeMounts",
        ),
        ({"os": {"name": "windows"}}, {}, "UnsupportedOperatingSystem", "spec.os.name of the pod is windows"),
        (
            {"nodeSelector": {"kubernetes.io/os": "windows"}},
            {},
            "UnsupportedOperatingSystem",
            "spec.nodeSelector[kubernetes.io/os] of the pod is windows",
        ),
    ],
)
def test_a_pod_that_could_not_start_with_the_sidecar_goes_without(
    inject: Inject, spec: dict[str, Any], collector_spec: dict[str, Any], reason: str, said: str
) -> None:
    asked = pod(**spec)
    outcome = inject(asked, collector(**collector_spec))
    assert outcome.pod is asked
    [refusal] = outcome.refusals
    assert (refusal.feature, refusal.reason, refusal.resource) == ("sidecar", reason, ("shop", "side"))
    assert said in refusal.message


def test_a_pod_may_lend_its_volume_to_the_collector(inject: Inject) -> None:
    asked = pod(volumes=[{"name": "logs", "emptyDir": {}}])
    outcome = inject(asked, collector(volumeMounts=[{"name": "logs", "mountPath": "/logs"}]))
    assert outcome.refusals == ()


def test_a_collector_whose_text_could_not_be_read_is_not_injected(inject: Inject) -> None:
    from otel_operator.api.conversion import convert

    old = {
        "apiVersion": "opentelemetry.io/v1alpha1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "side", "namespace": "shop"},
        "spec": {"mode": "sidecar", "config": "receivers: {"},
    }
    [refusal] = inject(pod(), convert(old, "opentelemetry.io/v1beta1")).refusals
    assert refusal.reason == "ConfigInvalid"
