"""The answer for every pod, and above all for those about which nothing can be decided."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import jsonpatch
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_operator.inject.outcome import Injection, Outcome, Refusal
from otel_operator.inject.subject import Subject
from otel_operator.inject.surroundings import Reference
from otel_operator.webhook.errors import ReviewError
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.pods.admission import PodAdmission, PodLimits
from otel_operator.webhook.pods.caches import Caches
from otel_operator.webhook.pods.mutators import Mutator
from tests.unit.operator.webhook.pods.conftest import SIDECAR, Events, fill

Build = Callable[..., PodAdmission]
INJECT = "sidecar.opentelemetry.io/inject"
NO_TIME = PodLimits(fill_seconds=0.01, lookup_seconds=0.01, settle_seconds=0, total_seconds=5)


def pod(inject: str | None = "true", **metadata: Any) -> dict[str, Any]:
    annotations = {} if inject is None else {"annotations": {INJECT: inject}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "web-", **annotations, **metadata},
        "spec": {"containers": [{"name": "web"}]},
    }


def review(obj: Any, **request: Any) -> dict[str, Any]:
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    body = {"uid": "u-1", "operation": "CREATE", "namespace": "shop", "kind": kind, "object": obj, **request}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": body}


def response_of(answer: dict[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = answer["response"]
    assert response["uid"] == "u-1"
    assert response["allowed"] is True
    assert "status" not in response
    return response


def patched(obj: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    operations = json.loads(base64.b64decode(response.get("patch", base64.b64encode(b"[]"))))
    result: dict[str, Any] = jsonpatch.apply_patch(obj, operations)
    return result


def series(metrics: WebhookMetrics, start: str) -> float:
    lines = metrics.exposition().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(start))


async def test_a_pod_that_asks_is_patched(admission: Build, metrics: WebhookMetrics, events: Events) -> None:
    response = response_of(await admission()(review(pod())))
    after = patched(pod(), response)
    assert [container["name"] for container in after["spec"]["initContainers"]] == ["otc-container"]
    assert "warnings" not in response
    assert series(metrics, 'otel_operator_injection_injected_total{feature="sidecar"}') == 1
    assert events.recorded == []


async def test_a_pod_that_does_not_ask_is_answered_without_a_question(admission: Build, server: Any) -> None:
    owners = [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "unknown", "uid": "u"}]
    response = response_of(await admission()(review(pod(None, ownerReferences=owners))))
    assert response == {"uid": "u-1", "allowed": True}
    assert server.requests == []


async def test_a_refusal_is_annotation_warning_event_and_counter(
    admission: Build, caches: Caches, metrics: WebhookMetrics, events: Events
) -> None:
    replica_set = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u-rs"}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u-d"}
    [view] = [view for kind, view in caches.owners.items() if kind.kind == "ReplicaSet"]
    fill(view, {"metadata": {"namespace": "shop", "name": "web-1", "uid": "u-rs", "ownerReferences": [deployment]}})
    asking = pod("gone", ownerReferences=[replica_set], name="web-1-x")
    response = response_of(await admission()(review(asking)))
    after = patched(asking, response)
    [refused] = json.loads(after["metadata"]["annotations"]["injection.opentelemetry.io/refused"])
    assert (refused["feature"], refused["reason"]) == ("sidecar", "CollectorNotFound")
    assert response["warnings"][0].startswith('sidecar not injected: OpenTelemetryCollector "shop/gone" does not exist')
    assert events.recorded == [
        ("Deployment", "web", "Warning", "CollectorNotFound", "Inject"),
        ("Pod", "web-1-x", "Warning", "CollectorNotFound", "Inject"),
    ]
    assert series(metrics, 'otel_operator_injection_refused_total{feature="sidecar",reason="CollectorNotFound"}') == 1


async def test_a_language_that_is_switched_off_is_an_event_with_the_go_operators_words(
    admission: Build, caches: Caches, metrics: WebhookMetrics, events: Events
) -> None:
    instrumentation = {"metadata": {"namespace": "shop", "name": "sdk"}, "spec": {}}
    fill(next(view for view in caches.views() if view.kind.kind == "Instrumentation"), instrumentation)
    asks = {"instrumentation.opentelemetry.io/inject-go": "true"}
    response = response_of(await admission(limits=NO_TIME)(review(pod(None, name="web-1", annotations=asks))))
    assert "support for Go auto instrumentation is not enabled" in response["warnings"][0]
    assert events.recorded == [("Pod", "web-1", "Warning", "InstrumentationRequestRejected", "Inject")]
    assert events.notes[0].startswith("support for Go auto instrumentation is not enabled")
    started = 'otel_operator_injection_refused_total{feature="go",reason="InstrumentationRequestRejected"}'
    assert series(metrics, started) == 1


async def test_a_dry_run_counts_nothing(admission: Build, metrics: WebhookMetrics, events: Events) -> None:
    response = response_of(await admission()(review(pod("gone"), dryRun=True)))
    assert response["warnings"]
    assert series(metrics, "otel_operator_injection_") == 0
    assert events.recorded == []


@pytest.mark.parametrize(
    "body",
    [
        review(None),
        review([]),
        review("pod"),
        review({}),
        review({"metadata": {}, "spec": {"containers": "x"}}),
        review(pod(), operation="UPDATE"),
        review(pod(), operation=7),
        review(pod(), namespace=["shop"]),
        review(pod(), namespace=""),
        {**review(pod()), "apiVersion": "admission.k8s.io/v1beta1"},
    ],
)
async def test_what_cannot_be_read_is_admitted_as_it_is_and_counted(
    admission: Build, metrics: WebhookMetrics, body: dict[str, Any]
) -> None:
    response = response_of(await admission()(body))
    assert "patch" not in response
    assert response["warnings"][0].startswith("pod admitted without OpenTelemetry injection: ")
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="Undecodable"}') == 1


@pytest.mark.parametrize("body", [[], "x", {}, {"request": {}}, {"request": {"uid": 7}}, {"request": {"uid": ""}}])
async def test_a_review_without_uid_cannot_be_answered(admission: Build, body: Any) -> None:
    with pytest.raises(ReviewError):
        await admission()(body)


async def test_a_pod_waits_for_the_caches_and_then_goes_on_without(admission: Build, metrics: WebhookMetrics) -> None:
    response = response_of(await admission(limits=NO_TIME, ready=False)(review(pod())))
    assert "patch" not in response
    assert "has not read" in response["warnings"][0]
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="CacheNotFilled"}') == 1


async def test_caches_that_fill_meanwhile_are_used(admission: Build) -> None:
    handler = admission(ready=False)
    waiting = asyncio.create_task(handler(review(pod())))
    await asyncio.sleep(0)
    handler.ready.set()
    assert "patch" in response_of(await waiting)


async def test_a_namespace_that_the_watch_has_not_brought_is_asked_for(admission: Build, server: Any) -> None:
    marks = {"metadata": {"name": "young", "annotations": {INJECT: "shop/side"}}}
    server.answer = lambda request, body: web.json_response(marks)
    assert "patch" in response_of(await admission()(review(pod(None), namespace="young")))
    assert [path for _, path, _ in server.requests] == ["/api/v1/namespaces/young"]


@pytest.mark.parametrize("status", [404, 403, 500])
async def test_a_pod_of_a_namespace_that_nobody_knows_is_admitted_as_it_is(
    admission: Build, server: Any, metrics: WebhookMetrics, status: int
) -> None:
    server.answer = lambda request, body: web.json_response({"message": "no"}, status=status)
    response = response_of(await admission()(review(pod(), namespace="young")))
    assert "patch" not in response
    assert "namespace young" in response["warnings"][0]
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="NamespaceUnknown"}') == 1


async def test_a_collector_whose_news_comes_just_after_the_pod_is_found(
    admission: Build, caches: Caches, metrics: WebhookMetrics, events: Events
) -> None:
    [view] = [view for view in caches.views() if view.kind.kind == "OpenTelemetryCollector"]
    fill(view)
    handler = admission(limits=PodLimits(settle_seconds=0.5))
    waiting = asyncio.create_task(handler(review(pod())))
    await asyncio.sleep(0.01)
    view.put(SIDECAR)
    response = response_of(await waiting)
    assert "warnings" not in response
    assert [item["name"] for item in patched(pod(), response)["spec"]["initContainers"]] == ["otc-container"]
    assert series(metrics, "otel_operator_injection_refused_total") == 0
    assert events.recorded == []


def failing(subject: Subject, known: Any, presence: Any) -> Outcome:
    raise ZeroDivisionError("a fault of ours")


def labelling(subject: Subject, known: Any, presence: Any) -> Outcome:
    metadata = {**subject.pod["metadata"], "labels": {"seen": str(sorted(ref.name for ref in presence))}}
    return Outcome({**subject.pod, "metadata": metadata}, (Injection("java", ("shop", "i")),))


async def test_a_fault_in_one_feature_keeps_none_of_the_others_back(admission: Build, metrics: WebhookMetrics) -> None:
    response = response_of(await admission([Mutator("broken", failing), Mutator("fine", labelling)])(review(pod())))
    assert patched(pod(), response)["metadata"]["labels"]["seen"] == "[]"
    assert "internal error in broken" in response["warnings"][0]
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="InternalError"}') == 1
    assert series(metrics, 'otel_operator_injection_injected_total{feature="java"}') == 1


async def test_features_act_in_their_order_on_what_the_ones_before_made(admission: Build) -> None:
    def counting(subject: Subject, known: Any, presence: Any) -> Outcome:
        before = int(subject.pod["metadata"].get("labels", {}).get("n", "0"))
        labels = {"n": str(before + 1)}
        refusal = Refusal("java", f"Reason{before}", "said")
        return Outcome({**subject.pod, "metadata": {**subject.pod["metadata"], "labels": labels}}, refusals=(refusal,))

    response = response_of(await admission([Mutator("one", counting), Mutator("two", counting)])(review(pod())))
    after = patched(pod(), response)["metadata"]
    assert after["labels"]["n"] == "2"
    refused = json.loads(after["annotations"]["injection.opentelemetry.io/refused"])
    assert [item["reason"] for item in refused] == ["Reason0", "Reason1"]


async def test_presence_is_looked_up_for_what_a_feature_refers_to(admission: Build, server: Any) -> None:
    secret, config_map = Reference("Secret", "shop", "tls"), Reference("ConfigMap", "shop", "ca")
    server.answer = lambda request, body: web.json_response({"metadata": {}}, status=404 if "secrets" in request.path else 200)
    seen: dict[Reference, bool] = {}

    def looking(subject: Subject, known: Any, presence: Any) -> Outcome:
        seen.update(presence)
        return Outcome(subject.pod)

    feature = Mutator("java", looking, lambda subject, known: frozenset({secret, config_map}))
    await admission([feature])(review(pod()))
    assert seen == {secret: False, config_map: True}


async def test_a_decision_that_takes_too_long_is_none(admission: Build, metrics: WebhookMetrics, caches: Caches) -> None:
    handler = admission(limits=PodLimits(fill_seconds=30, total_seconds=0.01), ready=False)
    response = response_of(await handler(review(pod())))
    assert "no decision within 0.01 s" in response["warnings"][0]
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="TimedOut"}') == 1


async def test_a_pod_that_would_outgrow_its_store_stays_as_it_is(admission: Build, metrics: WebhookMetrics) -> None:
    response = response_of(await admission(limits=PodLimits(largest_pod=500))(review(pod())))
    assert "patch" not in response
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="PodTooLarge"}') == 1


async def test_a_pod_that_is_large_already_does_not_grow_by_a_refusal_and_may_shrink(admission: Build) -> None:
    handler = admission(limits=PodLimits(largest_pod=50, settle_seconds=0))
    response = response_of(await handler(review(pod("gone"))))
    assert "patch" not in response
    assert response["warnings"][0].startswith("sidecar not injected")
    cleared = pod("false")
    cleared["spec"]["containers"].append({"name": "otc-container"})
    after = patched(cleared, response_of(await handler(review(cleared))))
    assert [container["name"] for container in after["spec"]["containers"]] == ["web"]


async def test_three_mebibytes_that_ask_for_nothing_are_admitted(admission: Build) -> None:
    large = pod(None)
    large["spec"]["containers"][0]["env"] = [{"name": "A", "value": "x" * (3 << 20)}]
    assert response_of(await admission()(review(large))) == {"uid": "u-1", "allowed": True}


def huge(metadata: dict[str, Any], **request: Any) -> bytes:
    """Return the bytes of a review as an API server writes them."""
    spec = {"containers": [{"name": "web"}]}
    fields = review({"metadata": {"name": "web", **metadata}, "spec": spec}, name="web", **request)["request"]
    order = ("uid", "kind", "name", "namespace", "operation", "object")
    ordered = {key: fields.pop(key) for key in order} | {"dryRun": False} | fields
    body = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": ordered}
    return json.dumps(body, separators=(",", ":")).encode()


async def test_a_pod_too_large_to_be_decoded_is_admitted_as_it_is_and_counted(admission: Build, metrics: WebhookMetrics) -> None:
    asking = {"annotations": {INJECT: "true"}}
    response = response_of(admission().undecoded(huge(asking)))
    assert "pods of over 1000000 bytes are left as they are" in response["warnings"][0]
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="PodTooLarge"}') == 1
    assert response_of(admission().undecoded(huge(asking, dryRun=True)))["warnings"]
    assert series(metrics, "otel_operator_injection_untouched_total") == 1


async def test_nothing_is_said_of_one_that_asks_for_nothing(admission: Build, metrics: WebhookMetrics, caches: Caches) -> None:
    assert response_of(admission().undecoded(huge({}))) == {"uid": "u-1", "allowed": True}
    fill(caches.namespaces, {"metadata": {"name": "shop", "annotations": {INJECT: "true"}}})
    assert response_of(admission().undecoded(huge({})))["warnings"]
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="PodTooLarge"}') == 1


async def test_one_whose_review_cannot_be_answered_is_counted_too(admission: Build, metrics: WebhookMetrics) -> None:
    with pytest.raises(ReviewError, match="as API servers write it"):
        admission().undecoded(b"{}")
    assert series(metrics, 'otel_operator_injection_untouched_total{reason="ReviewTooLarge"}') == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["true", "false", "side", "otc-container"]),
    lambda items: st.lists(items, max_size=3) | st.dictionaries(st.text(max_size=8), items, max_size=3),
    max_leaves=8,
)
PLACES = [
    ("apiVersion",), ("kind",), ("request",), ("request", "operation"), ("request", "namespace"), ("request", "object"),
    ("request", "kind"), ("request", "userInfo"), ("request", "dryRun"), ("request", "name"),
    *(("request", "object", "metadata", *rest) for rest in [
        (), ("annotations",), ("annotations", INJECT), ("annotations", "injection.opentelemetry.io/refused"),
        ("labels",), ("labels", "app"), ("name",), ("generateName",), ("ownerReferences",), ("ownerReferences", 0),
        ("ownerReferences", 0, "kind"), ("ownerReferences", 0, "name"), ("ownerReferences", 0, "apiVersion"),
    ]),
    *(("request", "object", "spec", *rest) for rest in [
        (), ("containers",), ("containers", 0), ("containers", 0, "name"), ("containers", 0, "ports"),
        ("containers", 0, "env"), ("initContainers",), ("volumes",), ("volumes", 0), ("hostNetwork",), ("securityContext",),
    ]),
]  # fmt: skip


def spoilt(place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    owners = [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "u"}]
    obj = pod(ownerReferences=owners, labels={"app": "web"})
    obj["spec"] |= {"volumes": [{"name": "v"}], "initContainers": [{"name": "i"}]}
    body: Any = review(obj)
    *parents, last = place
    holder = body
    for parent in parents:
        holder = holder[parent]
    holder[last] = value
    return dict(body)


@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=JSON)
async def test_no_spoilt_review_ever_denies_a_pod(admission: Build, place: tuple[str | int, ...], value: Any) -> None:
    try:
        answer = await admission(limits=NO_TIME)(spoilt(place, value))
    except ReviewError:
        assert place == ("request",)
        return
    response = response_of(json.loads(json.dumps(answer)))
    assert set(response) <= {"uid", "allowed", "warnings", "patch", "patchType"}
