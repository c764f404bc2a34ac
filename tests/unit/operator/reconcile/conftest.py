"""Builders of collectors and live children, as the API server would show them."""

from collections.abc import Callable
from typing import Any

import pytest

JsonObject = dict[str, Any]


def build_collector(**changes: Any) -> JsonObject:
    meta = {
        "name": "x",
        "namespace": "n",
        "uid": "owner",
        "generation": 1,
        "resourceVersion": "1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
    } | changes.pop("metadata", {})
    base = {"apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector"}
    return {**base, "metadata": meta, "spec": {"mode": "deployment"}, **changes}


def build_child(kind: str, name: str, version: int = 1, *, uid: str = "", owner: str = "owner", **changes: Any) -> JsonObject:
    meta: JsonObject = {
        "name": name,
        "namespace": "n",
        "uid": uid or f"uid-{name}",
        "resourceVersion": str(version),
        "creationTimestamp": f"2026-01-01T00:00:{version:02d}Z",
    }
    if owner:
        reference = {"apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector", "name": "x", "uid": owner}
        meta["ownerReferences"] = [reference | {"controller": True}]
    meta |= changes.pop("metadata", {})
    return {"apiVersion": "apps/v1" if kind == "Deployment" else "v1", "kind": kind, "metadata": meta, **changes}


@pytest.fixture
def collector() -> Callable[..., JsonObject]:
    return build_collector


@pytest.fixture
def child() -> Callable[..., JsonObject]:
    return build_child
