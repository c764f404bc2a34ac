"""Instrumentations through a real API server."""

from typing import Any

INSTRUMENTATIONS = "instrumentations.opentelemetry.io"


def instrumentation(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "opentelemetry.io/v1alpha1", "kind": "Instrumentation", "metadata": {"name": "sdk"}, "spec": spec}


def test_defaults_are_written(kubectl: Any, shop: str) -> None:
    written = instrumentation(exporter={"endpoint": "http://otel-agent:4317"}, sampler={"type": "always_on"}, python={})
    done = kubectl.apply(shop, written)
    assert done.returncode == 0, done.stderr
    spec = kubectl.get(shop, INSTRUMENTATIONS, "sdk")["spec"]
    assert spec["exporter"]["endpoint"] == "http://otel-agent:4317"
    assert spec["python"]["resourceRequirements"]["limits"] == {"cpu": "500m", "memory": "256Mi"}


def test_sampler_argument_out_of_range_is_refused(kubectl: Any, shop: str) -> None:
    done = kubectl.apply(shop, instrumentation(sampler={"type": "traceidratio", "argument": "2"}))
    assert done.returncode != 0
    assert f'Instrumentation "{shop}/sdk" is invalid' in done.stderr
    assert "argument" in done.stderr


def test_missing_sampler_type_warns(kubectl: Any, shop: str) -> None:
    done = kubectl.apply(shop, instrumentation(exporter={"endpoint": "http://otel-agent:4317"}))
    assert done.returncode == 0, done.stderr
    assert "Warning: " in done.stderr
    assert "sampler" in done.stderr
