"""Builders of Instrumentations, pods and workloads, as the API server would show them."""

from collections.abc import Callable
from typing import Any

import pytest

from otel_operator.inject.digests import Digests
from otel_operator.inject.outcome import Injection, Outcome, Refusal
from otel_operator.inject.record import record
from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()

JsonObject = dict[str, Any]


def build_instrumentation(name: str = "sdk", namespace: str = "apps", version: int = 1, **spec: Any) -> JsonObject:
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{name}",
        "generation": 1,
        "resourceVersion": str(version),
        "annotations": spec.pop("annotations", {}),
    }
    return {"metadata": metadata, "spec": {"sampler": {"type": "always_on"}, **spec}, "status": spec.pop("status", {})}


class Seen:
    """What the webhook saw of one Instrumentation when it admitted a pod."""

    def __init__(self, instrumentation: JsonObject) -> None:
        self._instrumentation = instrumentation

    def instrumentations(self, namespace: str) -> list[JsonObject]:
        return [self._instrumentation]

    def instrumentation(self, namespace: str, name: str) -> JsonObject:
        return self._instrumentation

    def collectors(self, namespace: str) -> list[JsonObject]:
        return []

    def collector(self, namespace: str, name: str) -> None:
        return None


def build_pod(
    name: str,
    *features: str,
    of: JsonObject,
    refusals: tuple[Refusal, ...] = (),
    deployment: str = "",
    namespace: str = "apps",
) -> JsonObject:
    """Return a pod as the webhook recorded it; with `deployment`, one of a ReplicaSet."""
    metadata: JsonObject = {"name": name, "namespace": namespace, "labels": {}}
    if deployment:
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{deployment}-5d4f", "uid": "u", "controller": True}
        metadata |= {"ownerReferences": [owner], "labels": {"pod-template-hash": "5d4f"}}
    source = (of["metadata"]["namespace"], of["metadata"]["name"])
    injections = tuple(Injection(feature, source, ("app",)) for feature in features)
    return record(Outcome({"metadata": metadata}, injections, refusals), Seen(of), Digests(DEFAULT_IMAGES)).pod


@pytest.fixture
def instrumentation() -> Callable[..., JsonObject]:
    return build_instrumentation


@pytest.fixture
def pod() -> Callable[..., JsonObject]:
    return build_pod
