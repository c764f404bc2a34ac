"""Which pods without a record ask for an Instrumentation, and what is said of them."""

import json
from typing import Any

import pytest

from otel_operator.inject.record import REFUSED
from otel_operator.reconcile.instrumentation.injected_pods import WorkloadKey
from otel_operator.reconcile.instrumentation.missed import Missed, Suspects, by_instrumentation, note
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import InjectionSettings

JsonObject = dict[str, Any]
SDK, SHOP = Key("apps", "sdk"), Key("shop", "sdk")
WEB = WorkloadKey("apps/v1", "Deployment", "apps", "web")
ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}
COLLECTOR_LABELS = {
    "app.kubernetes.io/managed-by": "opentelemetry-operator",
    "app.kubernetes.io/component": "opentelemetry-collector",
}


def pod(name: str, annotations: dict[str, str] | None = None, owner: str = "web-5d4f", **metadata: Any) -> JsonObject:
    found = {"name": name, "namespace": "apps", "uid": f"uid-{name}", "annotations": annotations or {}, **metadata}
    if owner:
        reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": owner, "uid": f"uid-{owner}", "controller": True}
        found |= {"ownerReferences": [reference]}
    found["labels"] = {"pod-template-hash": owner.rpartition("-")[2], **metadata.get("labels", {})}
    return {"metadata": found}


def missing(
    *pods: JsonObject, namespace: dict[str, str] | None = None, known: tuple[Key, ...] = (SDK,)
) -> dict[Key, tuple[Missed, ...]]:
    suspects = Suspects(known, InjectionSettings().enabled_languages)
    for item in pods:
        suspects.add(item, namespace or {})
    return by_instrumentation(suspects)


@pytest.mark.parametrize(
    ("pod_annotations", "namespace_annotations", "misses"),
    [
        (ASKS, {}, True),
        ({}, ASKS, True),
        ({}, {}, False),
        ({"instrumentation.opentelemetry.io/inject-python": "false"}, ASKS, False),
        ({"instrumentation.opentelemetry.io/inject-python": "sdk"}, {}, True),
        ({"instrumentation.opentelemetry.io/inject-python": "apps/sdk"}, {}, True),
        ({"instrumentation.opentelemetry.io/inject-python": "shop/sdk"}, {}, False),
        ({"instrumentation.opentelemetry.io/inject-go": "true"}, {}, False),
        ({"instrumentation.opentelemetry.io/inject-sdk": "true"}, {}, True),
    ],
)
def test_pods_that_ask_and_got_nothing_miss_it(
    pod_annotations: dict[str, str], namespace_annotations: dict[str, str], misses: bool
) -> None:
    found = missing(pod("p", pod_annotations), namespace=namespace_annotations)
    assert [one.workload for one in found.get(SDK, ())] == ([WEB] if misses else [])


def test_a_pod_may_miss_an_instrumentation_of_another_namespace() -> None:
    found = missing(pod("p", {"instrumentation.opentelemetry.io/inject-java": "shop/sdk"}), known=(SDK, SHOP))
    assert {key: one.workload for key, (one,) in found.items()} == {SHOP: WEB}


def test_collectors_do_not_miss_what_their_namespace_asks_of_applications() -> None:
    assert missing(pod("p", labels=COLLECTOR_LABELS), namespace=ASKS) == {}


@pytest.mark.parametrize(
    "metadata", [{"deletionTimestamp": "2026-01-01T00:00:00Z"}, {"annotations": {**ASKS, "kubernetes.io/config.mirror": "x"}}]
)
def test_pods_that_are_going_or_static_do_not_count(metadata: JsonObject) -> None:
    assert missing(pod("p", **{"annotations": ASKS, **metadata})) == {}


def test_where_nothing_can_be_chosen_a_new_pod_would_not_get_it_either() -> None:
    assert missing(pod("p", ASKS), known=(SDK, Key("apps", "second"))) == {}


@pytest.mark.parametrize(
    ("reasons", "misses"),
    [
        (("NoInstrumentation",), True),
        (("SeveralInstrumentations",), True),
        (("InstrumentationNotFound", "WithAnotherLanguage"), True),
        (("NoInstrumentation", "InstrumentationRequestRejected"), True),
        (("InstrumentationRequestRejected",), True),
        (("BadContainerNames", "WithAnotherLanguage"), False),
        (("ValueFrom",), False),
    ],
)
def test_refused_pods_miss_what_can_be_chosen_by_now(reasons: tuple[str, ...], misses: bool) -> None:
    refused = [{"feature": "python", "reason": reason, "message": "m", "resource": "apps/sdk"} for reason in reasons]
    asks = {"instrumentation.opentelemetry.io/inject-python": "sdk", REFUSED: json.dumps(refused)}
    assert bool(missing(pod("p", asks))) is misses


def test_refused_pod_that_still_has_nothing_to_choose_does_not_miss_it() -> None:
    refused = [{"feature": "java", "reason": "InstrumentationNotFound", "message": "m", "resource": "apps/gone"}]
    assert missing(pod("p", {**ASKS, REFUSED: json.dumps(refused)})) == {}


def test_pods_are_counted_once_whatever_the_number_of_languages_and_summed_over_replica_sets() -> None:
    both = {**ASKS, "instrumentation.opentelemetry.io/inject-java": "sdk"}
    (web,) = missing(pod("a", both), pod("b", both), pod("c", ASKS, owner="web-77aa"))[SDK]
    assert (web.workload, web.features, web.pods) == (WEB, ("java", "python"), 3)
    assert web.controller["metadata"]["uid"] == "uid-web-77aa"


def test_pods_without_a_controller_count_as_themselves() -> None:
    (alone,) = missing(pod("alone", ASKS, owner=""))[SDK]
    assert alone.workload == WorkloadKey("v1", "Pod", "apps", "alone")
    named = {"namespace": "apps", "name": "alone", "uid": "uid-alone"}
    assert alone.controller == {"apiVersion": "v1", "kind": "Pod", "metadata": named}


def test_more_controllers_than_there_is_room_for_are_counted_as_left_out() -> None:
    suspects = Suspects((SDK,), ("python",), most=1)
    for name in "abc":
        suspects.add(pod(name, ASKS, owner=""), {})
    assert ([suspect.sample for suspect in suspects], suspects.left_out) == (["a"], 2)


def test_what_is_said_names_the_remedy_for_the_kind_of_workload() -> None:
    missed = Missed(WEB, ("python",), 1, "web-1", {})
    assert note(SDK, missed).startswith("1 pod asks for python of Instrumentation apps/sdk")
    assert "run: kubectl rollout restart deployment/web -n apps. See also: otel-operator explain pod web-1" in note(SDK, missed)
    job = missed._replace(workload=WorkloadKey("batch/v1", "Job", "apps", "import"))
    assert "; create them anew." in note(SDK, job)
