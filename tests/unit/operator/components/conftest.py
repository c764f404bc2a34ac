from collections.abc import Callable
from typing import Any

import pytest

SECTIONS = {"receivers": "receivers", "exporters": "exporters", "processors": "processors"}


def _config(**sections: Any) -> dict[str, Any]:
    """Build a configuration in which every component that is defined is in use."""
    pipeline: dict[str, list[str]] = {"receivers": [], "exporters": []}
    for section in SECTIONS:
        if section in sections:
            pipeline[section] = list(sections[section])
    service: dict[str, Any] = {"pipelines": {"traces": pipeline}}
    if "extensions" in sections:
        service["extensions"] = list(sections["extensions"])
    if "telemetry" in sections:
        service["telemetry"] = sections.pop("telemetry")
    return {"receivers": {}, "exporters": {}, **sections, "service": service}


@pytest.fixture
def make_config() -> Callable[..., dict[str, Any]]:
    return _config


@pytest.fixture
def make_collector() -> Callable[..., dict[str, Any]]:
    """Build a valid OpenTelemetryCollector; keyword arguments are fields of the spec."""

    def build(name: str = "simplest", metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
        reader = {"pull": {"exporter": {"prometheus": {"host": "0.0.0.0", "port": 8888}}}}
        config = _config(
            receivers={"otlp": {"protocols": {"grpc": {"endpoint": "0.0.0.0:4317"}}}},
            exporters={"debug": {}},
            telemetry={"metrics": {"readers": [reader]}},
        )
        return {
            "apiVersion": "opentelemetry.io/v1beta1",
            "kind": "OpenTelemetryCollector",
            "metadata": {"name": name, "namespace": "ns1", **(metadata or {})},
            "spec": {"mode": "deployment", "replicas": 1, "config": config, **spec},
        }

    return build
