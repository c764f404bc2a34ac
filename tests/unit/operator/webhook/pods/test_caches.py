"""What is kept of each kind."""

import asyncio
import copy

import pytest

from otel_operator.webhook.pods.caches import Caches, marks_of
from tests.unit.operator.webhook.pods.conftest import SIDECAR, fill


def collectors_of(caches: Caches, *objects: dict) -> None:  # type: ignore[type-arg]
    fill(next(view for view in caches.views() if view.kind.kind == "OpenTelemetryCollector"), *objects)


async def test_a_sidecar_is_kept_without_what_decides_nothing(caches: Caches) -> None:
    full = copy.deepcopy(SIDECAR)
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "1"}
    full["metadata"] |= {"managedFields": [{}], "annotations": annotations}  # type: ignore[operator]
    collectors_of(caches, {**full, "status": {"version": "1"}})
    kept = caches.collector("shop", "side")
    assert kept is not None
    assert kept["spec"] == SIDECAR["spec"]
    assert kept["metadata"] == {"namespace": "shop", "name": "side", "uid": "u-side", "annotations": {"mine": "1"}}
    assert "status" not in kept


async def test_of_other_collectors_only_the_mode_is_kept(caches: Caches) -> None:
    collectors_of(caches, {**SIDECAR, "spec": {"config": {"receivers": {}}}})
    assert [obj["spec"] for obj in caches.collectors("shop")] == [{"mode": "deployment"}]


def test_of_a_namespace_labels_and_our_annotations_are_kept() -> None:
    annotations = {"sidecar.opentelemetry.io/inject": "true", "instrumentation.opentelemetry.io/inject-java": "x", "other": "y"}
    marks = marks_of({"metadata": {"name": "shop", "annotations": annotations, "labels": {"a": "b"}}})
    assert marks.annotations.keys() == annotations.keys() - {"other"}
    assert marks.labels == {"a": "b"}


async def test_a_static_instrumentation_is_the_only_one_of_every_namespace_and_names_mean_resources() -> None:
    caches = Caches({"sampler": {"type": "always_on"}})
    for view in caches.views():
        fill(view)
    resource = {"metadata": {"namespace": "shop", "name": "sdk"}, "spec": {}}
    fill(next(view for view in caches.views() if view.kind.kind == "Instrumentation"), resource)
    (found,) = caches.instrumentations("shop")
    assert (found["metadata"]["namespace"], found["spec"]) == ("shop", {"sampler": {"type": "always_on"}})
    assert caches.instrumentation("shop", found["metadata"]["name"]) is found
    assert caches.instrumentation("shop", "sdk") == resource
    assert caches.instrumentation("other", "sdk") is None


async def test_decisions_wait_for_custom_resources_and_namespaces_but_not_for_owners() -> None:
    caches = Caches()
    assert caches.not_filled() == ["opentelemetrycollectors", "instrumentations", "namespaces"]
    for view in list(caches.views())[:3]:
        fill(view)
    assert caches.not_filled() == []
    await asyncio.wait_for(caches.filled(), 5)
    waiting = asyncio.create_task(caches.all_filled())
    await asyncio.sleep(0)
    assert not waiting.done()
    for view in caches.owners.values():
        fill(view)
    await asyncio.wait_for(waiting, 5)


@pytest.mark.parametrize("spec", [None, [], "x"])
async def test_a_collector_of_any_shape_is_taken_in(caches: Caches, spec: object) -> None:
    collectors_of(caches, {**SIDECAR, "spec": spec})
    assert [obj["spec"] for obj in caches.collectors("shop")] == [{"mode": "deployment"}]
