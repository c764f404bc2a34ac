from collections.abc import Callable, Sequence
from typing import Any

import pytest

from otel_operator.inject.outcome import Outcome
from otel_operator.inject.sidecar.mutation import mutate
from otel_operator.inject.sidecar.prepared import PreparedSidecars
from otel_operator.inject.subject import Owner, Subject
from otel_operator.settings import Settings

SETTINGS = Settings(collector_image="ghcr.io/x/collector:1.2.3")


class Known:
    """Surroundings that are a list."""

    def __init__(self, *collectors: dict[str, Any]) -> None:
        self._collectors = collectors

    def collectors(self, namespace: str) -> Sequence[dict[str, Any]]:
        return [obj for obj in self._collectors if obj["metadata"]["namespace"] == namespace]

    def collector(self, namespace: str, name: str) -> dict[str, Any] | None:
        return next((obj for obj in self.collectors(namespace) if obj["metadata"]["name"] == name), None)

    def instrumentations(self, namespace: str) -> Sequence[dict[str, Any]]:
        raise AssertionError("a sidecar asks for no Instrumentation")

    def instrumentation(self, namespace: str, name: str) -> dict[str, Any] | None:
        raise AssertionError("a sidecar asks for no Instrumentation")


def collector(
    name: str = "side", namespace: str = "shop", annotations: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": {}}}},
        "exporters": {"debug": {}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
    }
    return {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": name, "namespace": namespace, **({"annotations": annotations} if annotations else {})},
        "spec": {"mode": "sidecar", "config": config, **spec},
    }


def pod(inject: str | None = "true", **spec: Any) -> dict[str, Any]:
    annotations = {} if inject is None else {"annotations": {"sidecar.opentelemetry.io/inject": inject}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "web-", "labels": {"app": "web"}, **annotations},
        "spec": {"containers": [{"name": "web", "image": "web:1"}], **spec},
    }


@pytest.fixture
def inject() -> Callable[..., Outcome]:
    """Mutate a pod of namespace `shop`."""

    def run(
        pod: dict[str, Any],
        *collectors: dict[str, Any],
        native: bool = True,
        namespace: dict[str, str] | None = None,
        labels: dict[str, str] | None = None,
        owners: tuple[Owner, ...] = (),
    ) -> Outcome:
        subject = Subject(pod, "shop", namespace or {}, labels or {}, owners)
        return mutate(subject, Known(*collectors), PreparedSidecars(SETTINGS), native=native)

    return run
