"""A collector and its children, from creation to change of configuration."""

import copy
import json
import time
from collections.abc import Callable
from typing import Any

ALL = "deployment,configmap,service,serviceaccount"
Builder = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]


def versions(cluster: Any) -> dict[tuple[str, str], str]:
    objects = cluster.get(f"{ALL},otelcol")
    return {(obj["kind"], obj["metadata"]["name"]): obj["metadata"]["resourceVersion"] for obj in objects}


def ready(cluster: Any, name: str = "x") -> bool:
    return bool(cluster.condition(name, "Ready").get("status") == "True")


def with_batch(obj: dict[str, Any], size: int) -> dict[str, Any]:
    """Return the collector with a batch processor of this size: another configuration."""
    changed = copy.deepcopy(obj)
    config = changed["spec"]["config"]
    config["processors"] = {"batch": {"send_batch_size": size}}
    config["service"]["pipelines"]["traces"]["processors"] = ["batch"]
    return changed


def test_a_collector_gets_its_children_and_a_status(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    assert "x-collector" in cluster.names("deployment")
    assert "x-collector" in cluster.names("serviceaccount")
    assert {"x", "x-collector", "x-collector-headless", "x-collector-monitoring"} <= set(cluster.names("service"))
    (config_map,) = cluster.names("configmap")
    (deployment,) = cluster.get("deployment")
    assert config_map in json.dumps(deployment["spec"]["template"])
    (live,) = cluster.get("otelcol")
    reference = deployment["metadata"]["ownerReferences"][0]
    assert reference["uid"] == live["metadata"]["uid"]
    assert reference["controller"] is True
    assert reference["blockOwnerDeletion"] is True
    assert live["status"]["image"] == deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    assert live["status"]["observedGeneration"] == live["metadata"]["generation"]
    assert "app.kubernetes.io/version" not in live["status"]["scale"]["selector"]
    assert not any(key.startswith("kopf") for key in live["metadata"].get("annotations", {}))
    assert "finalizers" not in live["metadata"]


def test_nothing_is_written_when_nothing_differs(cluster: Any, manager: Any, collector: Builder, eventually: Eventually) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: cluster.condition("x", "Available").get("message", "").startswith("0 of 1") and ready(cluster))
    time.sleep(2)  # echoes of the last writes
    before, writes = versions(cluster), manager.writes()
    cluster.kubectl("annotate", "otelcol", "x", "kubectl.kubernetes.io/last-applied-configuration={}", "--overwrite")
    time.sleep(2)
    after = versions(cluster)
    assert before.pop(("OpenTelemetryCollector", "x")) != after.pop(("OpenTelemetryCollector", "x"))
    assert after == before
    assert manager.writes() == writes


def test_a_restarted_manager_changes_nothing(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually, start_manager: Callable[[], Any]
) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    time.sleep(2)
    before = versions(cluster)
    assert manager.stop() == 0
    second = start_manager()
    eventually(lambda: "wrote=" in second.log)
    time.sleep(1)
    assert versions(cluster) == before


def test_replicas_follow_the_collector(cluster: Any, manager: Any, collector: Builder, eventually: Eventually) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    cluster.kubectl("scale", "otelcol/x", "--replicas=3")
    eventually(lambda: cluster.get("deployment")[0]["spec"]["replicas"] == 3, 5)


def test_a_new_configuration_gets_a_new_config_map_and_old_ones_are_kept_in_number(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    base = collector("x", configVersions=1)
    seen: list[str] = []
    for size in (1, 2, 3, 4):
        cluster.apply(with_batch(base, size))
        # Each size is one generation.
        eventually(lambda generation=size: cluster.condition("x", "Ready").get("observedGeneration") == generation)
        (deployment,) = cluster.get("deployment")
        volumes = deployment["spec"]["template"]["spec"]["volumes"]
        seen += [volume["configMap"]["name"] for volume in volumes if volume["name"] == "otc-internal"]
    assert len(set(seen)) == 4
    eventually(lambda: sorted(cluster.names("configmap")) == sorted(seen[-2:]))


def test_a_broken_configuration_leaves_the_running_workload_alone(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    good = collector("x")
    cluster.apply(good)
    eventually(lambda: ready(cluster))
    before = cluster.get(ALL)
    broken = copy.deepcopy(good)
    broken["spec"]["config"]["service"]["pipelines"]["traces"]["exporters"] = ["nowhere"]
    cluster.apply(broken)
    eventually(lambda: cluster.condition("x", "ConfigValid").get("status") == "False")
    assert "nowhere" in cluster.condition("x", "ConfigValid")["message"]
    assert cluster.condition("x", "Ready")["status"] == "False"
    specs = [obj.get("spec", obj.get("data")) for obj in cluster.get(ALL)]
    assert specs == [obj.get("spec", obj.get("data")) for obj in before]
    eventually(lambda: any(event["reason"] == "ConfigInvalid" for event in cluster.get("events.events.k8s.io")))
    cluster.apply(good)
    eventually(lambda: cluster.condition("x", "ConfigValid").get("status") == "True" and ready(cluster))


def test_a_service_of_somebody_else_stays_as_it_is(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    cluster.kubectl("create", "service", "clusterip", "x", "--tcp=80")
    before = cluster.get("service", "--field-selector=metadata.name=x")
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    assert cluster.get("service", "--field-selector=metadata.name=x") == before
    eventually(lambda: any(event["reason"] == "LeftToOwner" for event in cluster.get("events.events.k8s.io")))


def test_an_unmanaged_collector_is_left_alone(cluster: Any, manager: Any, collector: Builder, eventually: Eventually) -> None:
    cluster.apply(collector("idle", managementState="unmanaged"), collector("x"))
    eventually(lambda: ready(cluster))
    assert cluster.names("deployment") == ["x-collector"]


def test_a_stateful_set_is_replaced_without_its_pods_when_a_field_cannot_change(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    cluster.apply(collector("x", mode="statefulset"))
    eventually(lambda: ready(cluster) and len(cluster.get("pod")) == 1)
    (old,), (pod,) = cluster.get("statefulset"), cluster.get("pod")
    cluster.apply(collector("x", mode="statefulset", serviceName="another"))

    def replaced() -> bool:
        sets = cluster.get("statefulset")
        return bool(sets) and sets[0]["metadata"]["uid"] != old["metadata"]["uid"] and sets[0]["spec"]["serviceName"] == "another"

    eventually(replaced)
    assert any(live["metadata"]["uid"] == pod["metadata"]["uid"] for live in cluster.get("pod"))
