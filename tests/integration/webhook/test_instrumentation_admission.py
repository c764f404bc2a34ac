"""Instrumentations through a real API server."""

from typing import Any

import pytest

from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()

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
    assert {spec[name]["image"] for name in ("java", "nginx")} == {DEFAULT_IMAGES["java"], DEFAULT_IMAGES["nginx"]}
    annotations = kubectl.get(shop, INSTRUMENTATIONS, "sdk")["metadata"]["annotations"]
    assert annotations["instrumentation.opentelemetry.io/default-auto-instrumentation-go-image"] == DEFAULT_IMAGES["go"]


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


def test_image_that_is_not_upgraded_by_itself_warns(kubectl: Any, shop: str) -> None:
    image = DEFAULT_IMAGES["java"].rpartition(":")[0] + ":1.33.6"
    done = kubectl.apply(shop, instrumentation(sampler={"type": "always_on"}, java={"image": image}))
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Warning: ")]
    assert "cannot be automatically upgraded: Java instrumentation 2.0.0" in line


@pytest.mark.parametrize("again", [False, True])
def test_the_guides_instrumentation_is_taken_with_one_warning_about_its_port(kubectl: Any, shop: str, again: bool) -> None:
    repository = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation"
    guide = instrumentation(
        exporter={"endpoint": "http://otel-agent:4317"},
        propagators=["tracecontext", "baggage"],
        sampler={"type": "parentbased_traceidratio", "argument": "0.1"},
        **{name: {"image": f"{repository}-{name}:latest"} for name in ("nodejs", "python", "java")},
    )
    if again:
        assert kubectl.apply(shop, guide).returncode == 0
        guide["metadata"]["labels"] = {"a": "b"}
    done = kubectl.apply(shop, guide)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Warning: ")]
    assert "java, nodejs and python will send http/protobuf" in line
    assert kubectl.get(shop, INSTRUMENTATIONS, "sdk")["spec"]["python"]["image"] == f"{repository}-python:latest"
