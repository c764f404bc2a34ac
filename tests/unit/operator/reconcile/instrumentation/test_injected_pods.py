"""The index of pods tells whose they are, and who is affected by a change."""

from collections.abc import Callable
from typing import Any

import pytest

from otel_operator.inject.outcome import Refusal
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods, WorkloadKey, workload_of_pod
from otel_operator.reconcile.ownership import Key

Builder = Callable[..., dict[str, Any]]
SDK, WHOLE_NAMESPACE = Key("apps", "sdk"), Key("apps", "")


def test_pod_of_a_replica_set_belongs_to_the_deployment(instrumentation: Builder, pod: Builder) -> None:
    found = workload_of_pod(pod("web-5d4f-x", "python", of=instrumentation(), deployment="web"))
    assert found == WorkloadKey("apps/v1", "Deployment", "apps", "web")


def test_replica_set_of_another_controller_stays_one() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-abc", "uid": "u", "controller": True}
    labels = {"rollouts-pod-template-hash": "abc"}
    metadata = {"name": "p", "namespace": "n", "ownerReferences": [owner], "labels": labels}
    assert workload_of_pod({"metadata": metadata}).kind == "ReplicaSet"


def test_pod_without_a_controller_is_its_own_workload() -> None:
    assert workload_of_pod({"metadata": {"name": "p", "namespace": "n"}}) == WorkloadKey("v1", "Pod", "n", "p")


def test_news_of_a_pod_affect_the_old_source_and_the_new(instrumentation: Builder, pod: Builder) -> None:
    pods = InjectedPods()
    assert pods.observe(pod("p", "python", of=instrumentation())) == {SDK}
    assert pods.observe(pod("p", "python", of=instrumentation())) == set()
    assert pods.observe(pod("p", "java", of=instrumentation("other"))) == {SDK, Key("apps", "other")}
    assert list(pods.of(SDK)) == []
    assert pods.observe(pod("p", "java", of=instrumentation("other")), deleted=True) == {Key("apps", "other")}
    assert len(pods) == 0


def test_pod_that_is_going_no_longer_counts(instrumentation: Builder, pod: Builder) -> None:
    pods = InjectedPods()
    going = pod("p", "python", of=instrumentation())
    pods.observe(going)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert pods.observe(going) == {SDK}
    assert list(pods.of(SDK)) == []


def test_refusal_that_names_nobody_concerns_all_of_the_namespace(instrumentation: Builder, pod: Builder) -> None:
    pods = InjectedPods()
    refused = pod("p", of=instrumentation(), refusals=(Refusal("java", "SeveralInstrumentations", "name one"),))
    assert pods.observe(refused) == {WHOLE_NAMESPACE}
    assert len(list(pods.of(SDK))) == 1
    assert list(pods.of(Key("other", "sdk"))) == []


def test_a_sidecars_collector_is_not_taken_for_an_instrumentation(instrumentation: Builder, pod: Builder) -> None:
    pods = InjectedPods()
    assert pods.observe(pod("p", "sidecar", of=instrumentation())) == set()


def test_full_list_drops_what_it_does_not_show_but_only_in_its_namespace(instrumentation: Builder, pod: Builder) -> None:
    pods = InjectedPods()
    for name, namespace in (("a", "apps"), ("b", "apps"), ("c", "shop")):
        pods.observe(pod(name, "python", of=instrumentation(), namespace=namespace))
    assert pods.keep_only({("apps", "a")}, "apps") == {SDK}
    assert len(list(pods.of(SDK))) == 2
    assert pods.keep_only(set(), None) == {SDK}
    assert len(pods) == 0


def test_pods_beyond_the_bound_are_counted_and_told(
    instrumentation: Builder, pod: Builder, caplog: pytest.LogCaptureFixture
) -> None:
    pods = InjectedPods(most=1)
    for name in ("a", "b", "c"):
        pods.observe(pod(name, "python", of=instrumentation()))
    assert (len(pods), pods.left_out) == (1, 2)
    assert len([line for line in caplog.messages if "more than 1 recorded pods" in line]) == 1
    pods.observe(pod("a", "java", of=instrumentation()))
    assert len(pods) == 1
