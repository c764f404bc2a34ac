"""Which pod telemetry comes from, and what is said of it; the API server is in tests/integration."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import ClientInfo, Signal
from otel_agent.pipeline.errors import StartError
from otel_agent.processors.k8s_attributes.attributes import Extractor
from otel_agent.processors.k8s_attributes.cluster import Cluster, kinds_needed
from otel_agent.processors.k8s_attributes.config import METADATA, ExtractConfig, K8sAttributesConfig
from otel_agent.processors.k8s_attributes.directory import Directory
from otel_agent.processors.k8s_attributes.objects import Metadata, image_parts, metadata_of, pod_of
from otel_agent.processors.k8s_attributes.owners import owners_of
from otel_agent.processors.k8s_attributes.processor import K8sAttributesProcessor
from otel_agent.processors.k8s_attributes.watches import field_selector, label_selector


def pod(name: str = "web-5d4f9-abc", ip: str = "10.0.0.5", **more: Any) -> dict[str, Any]:
    """A pod as the API server has it."""
    containers = more.pop("containers", {"app": "registry/shop/web:1.2"})
    metadata = {"namespace": "shop", "name": name, "uid": f"uid-{name}", **more.pop("metadata", {})}
    statuses = [
        {
            "name": container,
            "restartCount": 1,
            "containerID": f"containerd://{container}-1",
            "imageID": "registry/shop/web@sha256:feed",
            "lastState": {"terminated": {"containerID": f"containerd://{container}-0"}},
        }
        for container in containers
    ]
    return {
        "metadata": metadata,
        "spec": {
            "nodeName": "node-1",
            "containers": [{"name": key, "image": image} for key, image in containers.items()],
            **more.pop("spec", {}),
        },
        "status": {"podIP": ip, "podIPs": [{"ip": ip}], "startTime": "2026-01-02T03:04:05Z", "containerStatuses": statuses},
    }


def owner(kind: str, name: str, uid: str = "") -> dict[str, Any]:
    return {"kind": kind, "name": name, "uid": uid or f"uid-{name}", "controller": True}


def nothing(kind: str, namespace: str, name: str) -> Metadata | None:
    return None


def extracted(found: dict[str, Any], find: Any = nothing, **extract: Any) -> dict[str, str]:
    """Attributes of a pod and of its only container."""
    made = Extractor(ExtractConfig.model_validate(extract)).of_pod(pod_of(found), find, "cluster-uid")
    return {**made.pod, **next(iter(made.containers.values()), {})}


@pytest.fixture
def processor_of(make_context: Any, sink: Any) -> Callable[..., K8sAttributesProcessor]:
    def make(*pods: dict[str, Any], **raw: Any) -> K8sAttributesProcessor:
        config = K8sAttributesConfig.model_validate(raw)
        context = make_context(ComponentKind.PROCESSOR, "k8s_attributes", Signal.TRACES, sink)
        cluster = None if config.passthrough else Cluster(config, context.logger, context.metrics)
        for found in pods:
            assert cluster is not None
            cluster._pod_changed(pod_of(found), None)
        return K8sAttributesProcessor(config, context, cluster)

    return make


async def resource_after(
    processor: K8sAttributesProcessor, sink: Any, telemetry_of: Any, attributes: Mapping[str, str], address: str = ""
) -> dict[str, str]:
    """Attributes that a resource has behind the processor."""
    telemetry = telemetry_of(client=ClientInfo(address))
    request = parse(Signal.TRACES, telemetry.data)
    del request.resource_spans[0].resource.attributes[:]
    for key, value in attributes.items():
        request.resource_spans[0].resource.attributes.add(key=key).value.string_value = value
    await processor.consume(type(telemetry)(Signal.TRACES, request.SerializeToString(), 1, telemetry.client))
    after = parse(Signal.TRACES, sink.received[-1].data)
    assert after.resource_spans[0].scope_spans[0] == request.resource_spans[0].scope_spans[0]
    return {entry.key: entry.value.string_value for entry in after.resource_spans[0].resource.attributes}


async def test_the_pod_behind_the_connection_is_described(processor_of: Any, sink: Any, telemetry_of: Any) -> None:
    found = await resource_after(processor_of(pod()), sink, telemetry_of, {"service.name": "web"}, "10.0.0.5")
    assert found == {
        "service.name": "web",
        "k8s.pod.ip": "10.0.0.5",
        "k8s.namespace.name": "shop",
        "k8s.pod.name": "web-5d4f9-abc",
        "k8s.pod.uid": "uid-web-5d4f9-abc",
        "k8s.pod.start_time": "2026-01-02T03:04:05Z",
        "k8s.node.name": "node-1",
        "container.image.name": "registry/shop/web",
        "container.image.tag": "1.2",
    }


async def test_what_is_there_is_never_overwritten_unless_it_is_empty(processor_of: Any, sink: Any, telemetry_of: Any) -> None:
    own = {"k8s.pod.ip": "10.0.0.5", "k8s.pod.name": "mine", "k8s.node.name": ""}
    found = await resource_after(processor_of(pod()), sink, telemetry_of, own)
    assert (found["k8s.pod.name"], found["k8s.node.name"]) == ("mine", "node-1")


@pytest.mark.parametrize(
    ("attributes", "address", "name"),
    [
        ({"k8s.pod.ip": "10.0.0.1", "ip": "10.0.0.2"}, "10.0.0.3", "one"),
        ({"ip": "10.0.0.2"}, "10.0.0.3", "two"),
        ({}, "10.0.0.3", "three"),
        ({"host.name": "10.0.0.2"}, "", "two"),
        ({"host.name": "two"}, "", None),
        ({"host.name": "10.0.0.2"}, "10.9.9.9", "two"),
    ],
)
async def test_without_configured_ways_addresses_are_tried_in_order(
    processor_of: Any, sink: Any, telemetry_of: Any, attributes: dict[str, str], address: str, name: str | None
) -> None:
    pods = [pod(known, ip) for known, ip in (("one", "10.0.0.1"), ("two", "10.0.0.2"), ("three", "10.0.0.3"))]
    found = await resource_after(processor_of(*pods), sink, telemetry_of, attributes, address)
    assert found.get("k8s.pod.name") == name


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"k8s.pod.uid": "uid-one", "container.id": "other"}, "one"),
        ({"k8s.pod.uid": "uid-none"}, None),
        ({"k8s.namespace.name": "shop", "k8s.pod.name": "two"}, "two"),
        ({"k8s.namespace.name": "else", "k8s.pod.name": "two"}, None),
        ({"container.id": "app-0"}, "one"),
        ({"k8s.pod.name": "two"}, None),
    ],
)
async def test_of_configured_ways_the_first_with_all_its_values_decides(
    processor_of: Any, sink: Any, telemetry_of: Any, attributes: dict[str, str], name: str | None
) -> None:
    ways = (("k8s.pod.uid",), ("k8s.namespace.name", "k8s.pod.name"), ("container.id",))
    sources = [{"sources": [{"from": "resource_attribute", "name": one} for one in way]} for way in ways]
    processor = processor_of(
        pod("one", "10.0.0.1"),
        pod("two", "10.0.0.2", containers={"side": "side"}),
        pod_association=sources,
        extract={"metadata": ["k8s.node.name", "k8s.pod.ip"]},
    )
    found = await resource_after(processor, sink, telemetry_of, attributes, "10.0.0.2")
    expected = {"one": "10.0.0.1", "two": "10.0.0.2", None: None}[name]
    assert found.get("k8s.pod.ip") == expected


async def test_resources_of_unknown_pods_pass_unchanged_and_are_counted(
    processor_of: Any, sink: Any, telemetry_of: Any, scrape: Any
) -> None:
    processor = processor_of(pod())
    assert await resource_after(processor, sink, telemetry_of, {"k8s.pod.ip": "10.9.9.9"}) == {"k8s.pod.ip": "10.9.9.9"}
    await resource_after(processor, sink, telemetry_of, {"service.name": "nothing to look for"})
    series = scrape()
    assert (series["otelcol_otelsvc_k8s_ip_lookup_miss"], series["otelcol_otelsvc_k8s_pod_added"]) == (1, 1)
    assert series["otelcol_otelsvc_k8s_pod_table_size"] == 1
    assert series["otelcol_otelsvc_k8s_watch_failures"] == 0


async def test_passing_through_only_sets_the_address(processor_of: Any, sink: Any, telemetry_of: Any) -> None:
    processor = processor_of(passthrough=True)
    assert await resource_after(processor, sink, telemetry_of, {}, "10.0.0.5") == {"k8s.pod.ip": "10.0.0.5"}


async def test_the_container_is_found_by_name_or_id_or_because_it_is_the_only_one(
    processor_of: Any, sink: Any, telemetry_of: Any
) -> None:
    two = pod(containers={"app": "web:1", "side": "proxy:2"})
    extract = {"metadata": ["container.image.name", "container.id", "k8s.container.name"]}
    processor = processor_of(two, pod("single", "10.0.0.6"), extract=extract)

    async def container(attributes: dict[str, str]) -> tuple[str | None, str | None]:
        found = await resource_after(processor, sink, telemetry_of, {"k8s.pod.ip": "10.0.0.5", **attributes})
        return found.get("container.image.name"), found.get("container.id")

    assert await container({}) == (None, None)
    assert await container({"k8s.container.name": "side"}) == ("proxy", "side-1")
    assert await container({"container.id": "app-0"}) == ("web", "app-0")
    assert await container({"k8s.container.name": "app", "k8s.container.restart_count": "0"}) == ("web", "app-0")
    found = await resource_after(processor, sink, telemetry_of, {"k8s.pod.ip": "10.0.0.6"})
    assert found["k8s.container.name"] == "app"


async def test_excluded_pods_are_not_associated(processor_of: Any, sink: Any, telemetry_of: Any) -> None:
    processor = processor_of(pod("jaeger-agent-x"), exclude={"pods": [{"name": "jaeger-agent"}]})
    assert "k8s.pod.name" not in await resource_after(processor, sink, telemetry_of, {"k8s.pod.ip": "10.0.0.5"})


def test_labels_and_annotations_become_attributes_by_key_or_pattern() -> None:
    metadata = {
        "labels": {"app": "web", "team/name": "core", "team/mail": "x"},
        "annotations": {"note": "n", "resource.opentelemetry.io/service.version": "9"},
    }
    found = extracted(
        pod(metadata=metadata),
        metadata=[],
        labels=[
            {"key": "app"},
            {"key": "app", "tag_name": "application"},
            {"key_regex": "team/(.*)", "tag_name": "team.$1", "from": "pod"},
            {"key": "absent"},
        ],
        annotations=[{"key_regex": "no.*"}, {"key": "zone", "from": "node", "tag_name": "zone"}],
        otel_annotations=True,
    )
    assert found == {
        "k8s.pod.labels.app": "web",
        "application": "web",
        "team.name": "core",
        "team.mail": "x",
        "k8s.pod.annotations.note": "n",
        "service.version": "9",
    }


def test_labels_of_namespace_node_and_deployment_are_found_through_the_pod() -> None:
    objects = {
        ("namespace", "", "shop"): {"name": "shop", "labels": {"tier": "gold"}},
        ("node", "", "node-1"): {"name": "node-1", "annotations": {"zone": "a"}, "uid": "node-uid"},
        ("deployment", "shop", "web"): {"name": "web", "labels": {"team": "core"}},
        ("replicaset", "shop", "web-5d4f9"): {"name": "web-5d4f9", "ownerReferences": [owner("Deployment", "web")]},
    }

    def find(*key: str) -> Metadata | None:
        return metadata_of({"metadata": objects[key]}) if key in objects else None

    found = extracted(
        pod(metadata={"ownerReferences": [owner("ReplicaSet", "web-5d4f9")]}),
        find,
        metadata=["k8s.deployment.name", "k8s.deployment.uid", "k8s.node.uid", "k8s.cluster.uid"],
        labels=[{"key": "tier", "from": "namespace"}, {"key": "team", "from": "deployment"}],
        annotations=[{"key": "zone", "from": "node"}],
    )
    assert found == {
        "k8s.deployment.name": "web",
        "k8s.deployment.uid": "uid-web",
        "k8s.node.uid": "node-uid",
        "k8s.cluster.uid": "cluster-uid",
        "k8s.namespace.labels.tier": "gold",
        "k8s.node.annotations.zone": "a",
        "k8s.deployment.labels.team": "core",
    }


@pytest.mark.parametrize(
    ("reference", "labels", "from_names", "owners"),
    [
        (("ReplicaSet", "web-5d4f9"), {"pod-template-hash": "5d4f9"}, False, {"replicaset": "web-5d4f9", "deployment": "web"}),
        (("ReplicaSet", "by-itself"), {}, False, {"replicaset": "by-itself"}),
        (("ReplicaSet", "web-5d4f9"), {}, True, {"replicaset": "web-5d4f9", "deployment": "web"}),
        (("Job", "backup-29012345"), {}, False, {"job": "backup-29012345", "cronjob": "backup"}),
        (("Job", "once"), {}, False, {"job": "once"}),
        (("StatefulSet", "db"), {}, False, {"statefulset": "db"}),
        (("DaemonSet", "agent"), {}, False, {"daemonset": "agent"}),
        (("Node", "node-1"), {}, False, {}),
    ],
)
def test_owners_are_followed(
    reference: tuple[str, str], labels: dict[str, str], from_names: bool, owners: dict[str, str]
) -> None:
    metadata = metadata_of({"metadata": {"namespace": "shop", "labels": labels, "ownerReferences": [owner(*reference)]}})
    found = owners_of(metadata, nothing, from_names=from_names)
    assert {kind: name for kind, (name, _) in found.items()} == owners


@pytest.mark.parametrize(
    ("labels", "annotations", "owned", "name"),
    [
        (
            {"app.kubernetes.io/instance": "b", "app.kubernetes.io/name": "c"},
            {"resource.opentelemetry.io/service.name": "a"},
            1,
            "a",
        ),
        ({"app.kubernetes.io/instance": "b", "app.kubernetes.io/name": "c"}, {}, 1, "b"),
        ({"app.kubernetes.io/name": "c"}, {}, 1, "c"),
        ({}, {}, 1, "db"),
        ({}, {}, 0, "web-5d4f9-abc"),
    ],
)
def test_the_service_name_follows_the_semantic_conventions(
    labels: dict[str, str], annotations: dict[str, str], owned: int, name: str
) -> None:
    references = [owner("StatefulSet", "db")] * owned
    found = pod(metadata={"labels": labels, "annotations": annotations, "ownerReferences": references})
    wanted = ["service.name", "service.namespace", "service.version", "service.instance.id"]
    assert extracted(found, metadata=wanted) == {
        "service.name": name,
        "service.namespace": "shop",
        "service.version": "1.2",
        "service.instance.id": "shop.web-5d4f9-abc.app",
    }


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx", ("nginx", "latest")),
        ("nginx:1.2", ("nginx", "1.2")),
        ("host:5000/a/b", ("host:5000/a/b", "latest")),
        ("host:5000/a/b:c@sha256:ff", ("host:5000/a/b", "c")),
        ("a@sha256:ff", ("a", "")),
    ],
)
def test_images_have_a_name_and_a_tag(image: str, parts: tuple[str, str]) -> None:
    assert image_parts(image) == parts


def test_a_deleted_pod_is_known_for_a_while_and_its_address_goes_to_the_next_at_once() -> None:
    now = [0.0]
    directory = Directory([], 10, lambda: now[0])
    first, second = pod_of(pod("first")), pod_of(pod("second", "10.0.0.6"))
    directory.put(first)
    directory.put(second)
    directory.leave(first)
    directory.leave(second)
    heir = pod_of(pod("heir"))
    directory.put(heir)
    assert directory.find((("ip", "10.0.0.5"),)) is heir
    assert directory.find((("ip", "10.0.0.6"),)) is second
    now[0] = 10
    directory.sweep()
    assert directory.find((("ip", "10.0.0.5"),)) is heir
    assert directory.find((("ip", "10.0.0.6"),)) is None
    assert len(directory) == 1


def test_a_pod_that_comes_again_under_its_name_stays() -> None:
    now = [0.0]
    directory = Directory([], 10, lambda: now[0])
    first, again = pod_of(pod("db-0")), pod_of(pod("db-0", "10.0.0.9"))
    directory.put(first)
    directory.leave(first)
    directory.put(again)
    now[0] = 20
    directory.sweep()
    assert directory.find((("connection", "10.0.0.9"),)) is again
    assert directory.find((("connection", "10.0.0.5"),)) is None


def test_a_pod_in_its_nodes_network_is_not_found_by_the_nodes_address() -> None:
    directory = Directory([], 10)
    shared = pod_of(pod("agent", spec={"hostNetwork": True}))
    directory.put(shared)
    assert directory.find((("connection", "10.0.0.5"),)) is None
    assert directory.find((("k8s.pod.uid", "uid-agent"),)) is shared


def test_filters_become_selectors() -> None:
    config = K8sAttributesConfig.model_validate(
        {
            "filter": {
                "node_from_env_var": "NODE",
                "labels": [
                    {"key": "a", "value": "1"},
                    {"key": "b", "value": "2", "op": "not-equals"},
                    {"key": "c", "op": "exists"},
                    {"key": "d", "op": "does-not-exist"},
                ],
                "fields": [{"key": "status.phase", "value": "Failed", "op": "not-equals"}],
            }
        }
    )
    assert label_selector(config.filter.labels) == "a=1,b!=2,c,!d"
    assert field_selector(config.filter, {"NODE": "n1"}) == "spec.nodeName=n1,status.phase!=Failed"
    with pytest.raises(StartError, match="the environment variable NODE is not set"):
        field_selector(config.filter, {})


@pytest.mark.parametrize(
    ("extract", "kinds"),
    [
        ({}, ("replicaset",)),
        ({"deployment_name_from_replicaset": True}, ()),
        ({"metadata": ["k8s.pod.name"]}, ()),
        ({"metadata": ["k8s.node.uid", "k8s.cronjob.uid"]}, ("node", "job")),
        ({"metadata": [], "labels": [{"key": "a", "from": "namespace"}]}, ("namespace",)),
    ],
)
def test_only_what_is_needed_is_watched(extract: dict[str, Any], kinds: tuple[str, ...]) -> None:
    config = K8sAttributesConfig.model_validate({"extract": extract})
    assert kinds_needed(config, Extractor(config.extract)) == kinds


def test_every_attribute_that_may_be_asked_for_can_be_made() -> None:
    objects = {
        "replicaset": {"ownerReferences": [owner("Deployment", "web")]},
        "job": {"ownerReferences": [owner("CronJob", "cron")]},
        "node": {"uid": "node"},
    }
    references = [owner(kind, kind.lower()) for kind in ("ReplicaSet", "StatefulSet", "DaemonSet", "Job")]
    found = extracted(
        pod(metadata={"ownerReferences": references}),
        lambda kind, namespace, name: metadata_of({"metadata": objects.get(kind, {})}),
        metadata=list(METADATA),
    )
    assert set(METADATA) - set(found) == {"container.id"}  # which depends on the restart that the resource names


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"extract": {"metadata": ["k8s.pod.colour"]}}, "'k8s.pod.colour' is none of k8s.namespace.name"),
        ({"extract": {"labels": [{"key": "a", "key_regex": "b"}]}}, "exactly one of 'key' and 'key_regex' is needed"),
        ({"extract": {"labels": [{"key_regex": "("}]}}, "key_regex: missing )"),
        ({"pod_association": [{"sources": [{"from": "resource_attribute"}]}]}, "'name' of the resource attribute is needed"),
        ({"pod_association": [{"sources": [{"from": "connection"}] * 5}]}, "at most 4 items"),
        ({"filter": {"fields": [{"key": "a", "op": "exists"}]}}, "a field can only be compared by equals and not-equals"),
        ({"exclude": {"pods": [{"name": "["}]}}, "exclude::pods: '['"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        K8sAttributesConfig.model_validate(raw)
    assert reason in str(caught.value)
