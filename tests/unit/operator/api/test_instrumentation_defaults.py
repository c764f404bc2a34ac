"""Admission completes every language of an Instrumentation and records which images were its own."""

import copy
from typing import Any

import pytest

from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()


def completed(spec: Any, **metadata: Any) -> dict[str, Any]:
    return default_instrumentation({"metadata": metadata, "spec": spec}, DEFAULT_IMAGES)


@pytest.mark.parametrize(
    ("field", "feature", "resources", "cpu", "memory"),
    [
        ("java", "java", "resources", "50m", "64Mi"),
        ("nodejs", "nodejs", "resourceRequirements", "50m", "128Mi"),
        ("python", "python", "resourceRequirements", "50m", "64Mi"),
        ("dotnet", "dotnet", "resourceRequirements", "50m", "128Mi"),
        ("go", "go", "resourceRequirements", "50m", "64Mi"),
        ("apacheHttpd", "apache-httpd", "resourceRequirements", "1m", "128Mi"),
        ("nginx", "nginx", "resourceRequirements", "1m", "128Mi"),
    ],
)
def test_each_language_gets_image_and_compute_resources(field: str, feature: str, resources: str, cpu: str, memory: str) -> None:
    settings = completed(None)["spec"][field]
    assert settings["image"] == DEFAULT_IMAGES[feature]
    assert settings[resources] == {
        "limits": {"cpu": "500m", "memory": "256Mi"},
        "requests": {"cpu": cpu, "memory": memory},
    }


def test_web_servers_get_the_places_of_their_configuration() -> None:
    spec = completed({"nginx": {"configFile": "/n.conf"}})["spec"]
    assert (spec["apacheHttpd"]["version"], spec["apacheHttpd"]["configPath"]) == ("2.4", "/usr/local/apache2/conf")
    assert spec["nginx"]["configFile"] == "/n.conf"


def test_limits_and_requests_are_completed_apart() -> None:
    given = {"limits": {"memory": "1Gi"}}
    resources = completed({"java": {"resources": given}})["spec"]["java"]["resources"]
    assert resources == {"limits": {"memory": "1Gi"}, "requests": {"cpu": "50m", "memory": "64Mi"}}
    nothing_wanted = {"limits": {}, "requests": {}}
    assert completed({"java": {"resources": nothing_wanted}})["spec"]["java"]["resources"] == nothing_wanted


def test_default_images_are_recorded_anew_whatever_image_the_user_chose() -> None:
    key = "instrumentation.opentelemetry.io/default-auto-instrumentation-{}-image"
    obj = completed({"java": {"image": "mine"}}, annotations={key.format("java"): "old", "a": "b"})
    assert obj["spec"]["java"]["image"] == "mine"
    assert obj["metadata"]["annotations"] == {key.format(name): image for name, image in DEFAULT_IMAGES.items()} | {"a": "b"}


def test_completing_twice_changes_nothing_and_the_argument_stays_as_it_was() -> None:
    obj = {"metadata": {"name": "x"}, "spec": {"python": {"image": "mine"}}}
    before = copy.deepcopy(obj)
    once = default_instrumentation(obj, DEFAULT_IMAGES)
    assert default_instrumentation(once, DEFAULT_IMAGES) is once
    assert obj == before
