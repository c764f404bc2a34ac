from collections.abc import Callable
from typing import Any

import pytest

from otel_operator.components.defaulting import default_collector
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings

DEFAULT_IMAGE = "ghcr.io/x/collector:1.2.3"


@pytest.fixture
def settings() -> Settings:
    return Settings(collector_image=DEFAULT_IMAGE)


@pytest.fixture
def make_collector() -> Callable[..., dict[str, Any]]:
    """Build an OpenTelemetryCollector as a user writes it; keyword arguments are fields of the spec."""

    def build(name: str = "simplest", metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
        config = {
            "receivers": {"otlp": {"protocols": {"grpc": {}, "http": {}}}},
            "exporters": {"debug": {}},
            "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}}},
        }
        return {
            "apiVersion": "opentelemetry.io/v1beta1",
            "kind": "OpenTelemetryCollector",
            "metadata": {"name": name, "namespace": "ns1", **(metadata or {})},
            "spec": {"config": config, **spec},
        }

    return build


@pytest.fixture
def children(settings: Settings) -> Callable[..., dict[str, dict[str, Any]]]:
    """Default a collector and return what it wants, by `<Kind>/<name>`."""

    def build(collector: dict[str, Any], overrides: Settings | None = None) -> dict[str, dict[str, Any]]:
        objects = desired(default_collector(collector).object, overrides or settings)
        return {f"{obj['kind']}/{obj['metadata']['name']}": obj for obj in objects}

    return build
