"""Collectors that go, and collectors that come back."""

from collections.abc import Callable
from typing import Any

Builder = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]
ALL = "deployment,configmap,service,serviceaccount"
FINALIZER = "opentelemetrycollector.opentelemetry.io/finalizer"


def ready(cluster: Any) -> bool:
    return bool(cluster.condition("x", "Ready").get("status") == "True")


def test_children_go_with_their_collector(cluster: Any, manager: Any, collector: Builder, eventually: Eventually) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    cluster.kubectl("delete", "otelcol", "x")
    eventually(lambda: cluster.names(ALL) == [], 60)


def test_a_collector_made_anew_at_once_gets_new_children(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    for _ in range(3):
        cluster.kubectl("delete", "otelcol", "x", "--cascade=background")
        cluster.apply(collector("x"))

    def all_owned() -> bool:
        (live,) = cluster.get("otelcol")
        children = cluster.get(ALL, "-l", "app.kubernetes.io/managed-by=opentelemetry-operator")
        owners = {reference["uid"] for child in children for reference in child["metadata"]["ownerReferences"]}
        return len(children) == 7 and owners == {live["metadata"]["uid"]}

    eventually(lambda: ready(cluster) and all_owned(), 60)


def test_the_go_operators_finalizer_is_removed_when_the_collector_goes(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually
) -> None:
    adopted = collector("x")
    adopted["metadata"]["finalizers"] = [FINALIZER]
    cluster.apply(adopted)
    eventually(lambda: ready(cluster))
    cluster.kubectl("delete", "otelcol", "x", "--wait=false")
    eventually(lambda: cluster.get("otelcol") == [])


def test_what_an_absent_manager_missed_is_made_good(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually, start_manager: Callable[[], Any]
) -> None:
    cluster.apply(collector("x"))
    eventually(lambda: ready(cluster))
    assert manager.stop() == 0
    cluster.kubectl("delete", "service", "x-collector")
    cluster.apply(collector("x", replicas=2), collector("y"))
    start_manager()
    eventually(lambda: "x-collector" in cluster.names("service") and "y-collector" in cluster.names("deployment"))
    eventually(lambda: next(d["spec"]["replicas"] for d in cluster.get("deployment")) == 2)
