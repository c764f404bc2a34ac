"""Objects that were there before the manager: the Go operator's, a former collector's, other people's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from otel_operator.components.defaulting import default_collector
from otel_operator.reconcile.plan import planned_objects
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings

Builder = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]
ALL = "deployment,configmap,service,serviceaccount"


def ready(cluster: Any) -> bool:
    return bool(cluster.condition("x", "Ready").get("status") == "True")


def service(**metadata: Any) -> dict[str, Any]:
    ports = [{"name": "web", "port": 80}]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"} | metadata, "spec": {"ports": ports}}


def test_children_made_by_another_operators_updates_are_taken_over_without_a_rollout(
    cluster: Any, collector: Builder, eventually: Eventually, start_manager: Callable[[], Any]
) -> None:
    cluster.apply(collector("x"))
    (live,) = cluster.get("otelcol")
    for item in planned_objects(live, desired(default_collector(live).object, Settings())):
        body = item.body
        if body["kind"] == "Deployment":
            # Said by Go programs, whose structures have no unset values.
            body["spec"]["strategy"] = {}
            body["spec"]["template"]["spec"]["containers"][0]["resources"] = {}
        cluster.kubectl("create", "--field-manager=manager", "-f", "-", stdin=json.dumps(body))

    def specs() -> dict[str, Any]:
        return {f"{o['kind']} {o['metadata']['name']}": o.get("spec", o.get("data")) for o in cluster.get(ALL)}

    before = specs()
    start_manager()
    eventually(lambda: ready(cluster))
    assert specs() == before
    (deployment,) = cluster.get("deployment")
    assert deployment["metadata"]["generation"] == 1


def test_a_service_of_the_users_keeps_the_collectors_name(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    cluster.apply(service())
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    (found,) = cluster.get("service", "--field-selector=metadata.name=x")
    assert [port["port"] for port in found["spec"]["ports"]] == [80]
    assert "ownerReferences" not in found["metadata"]


def test_children_left_behind_on_purpose_belong_to_the_next_collector_of_the_name(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    cluster.kubectl("delete", "otelcol", "x", "--cascade=orphan")
    cluster.apply(collector("x"))

    def all_owned() -> bool:
        (live,) = cluster.get("otelcol")
        children = cluster.get(ALL, "-l", "app.kubernetes.io/managed-by=opentelemetry-operator")
        owners = [reference["uid"] for child in children for reference in child["metadata"].get("ownerReferences", [])]
        return len(children) == 7 and owners == [live["metadata"]["uid"]] * 7

    eventually(all_owned)
