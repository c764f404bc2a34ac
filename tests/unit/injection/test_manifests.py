"""Who asks for injection, by pod and by namespace."""

import pytest

from e2e.injection.manifests import (
    LANGUAGES,
    PREFIX,
    Annotated,
    application,
    instrumentation,
    namespace_annotations,
    pod_annotations,
)


@pytest.mark.parametrize("annotated", ["pod", "namespace"])
def test_every_pod_asks_for_its_own_language_and_no_other(annotated: Annotated) -> None:
    for service, language in LANGUAGES.items():
        asked = namespace_annotations(annotated) | pod_annotations(service, annotated)
        assert [name for name, value in asked.items() if value == "true"] == [f"{PREFIX}/inject-{language}"]


def test_the_application_is_told_nothing_about_telemetry() -> None:
    for thing in application("storefront", "catalog", "namespace"):
        assert "otel" not in str(thing).lower().replace("ghcr.io/otel-operator-py/", "")


def test_the_instrumentation_is_the_guides_but_for_images() -> None:
    spec = instrumentation()["spec"]
    assert spec["exporter"] == {"endpoint": "http://otel-agent:4317"}
    assert spec["sampler"] == {"type": "parentbased_traceidratio", "argument": "0.1"}
    assert {key for key in spec if isinstance(spec[key], dict) and "image" in spec[key]} == {"python", "nodejs", "java"}
