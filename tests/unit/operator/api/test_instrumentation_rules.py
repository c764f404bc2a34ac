"""Instrumentation's checks name field and remedy, a line each."""

from typing import Any

import pytest

from otel_operator.api.finding import sentences
from otel_operator.api.instrumentation_defaults import default_instrumentation
from otel_operator.api.instrumentation_rules import validate_instrumentation
from otel_operator.api.restart_policy import ASKS, WINDOW
from otel_operator.settings import default_agent_images

DEFAULT_IMAGES = default_agent_images()

SAMPLED = {"sampler": {"type": "parentbased_traceidratio", "argument": "0.1"}}


def verdict(spec: dict[str, Any], **metadata: Any) -> tuple[list[str], list[str]]:
    completed = default_instrumentation({"metadata": metadata, "spec": spec}, DEFAULT_IMAGES)
    found = validate_instrumentation(completed, DEFAULT_IMAGES)
    return list(sentences(found.errors)), list(sentences(found.warnings))


@pytest.mark.parametrize(
    ("sampler", "word"),
    [
        ({"type": "traceidratio", "argument": "1.5"}, "0 to 1"),
        ({"type": "traceidratio", "argument": "nan"}, "0 to 1"),
        ({"type": "parentbased_traceidratio", "argument": "x"}, "0 to 1"),
        ({"type": "jaeger_remote", "argument": "endpoint="}, "endpoint"),
        ({"type": "jaeger_remote", "argument": "endpoint=a=b"}, "key=value"),
        ({"type": "jaeger_remote", "argument": "pollingIntervalMs=1s"}, "pollingIntervalMs"),
        ({"type": "parentbased_jaeger_remote", "argument": "initialSamplingRate=2"}, "initialSamplingRate"),
        ({"type": "jaeger_remote", "argument": "hello"}, "key=value"),
        ({"type": "sometimes"}, "spec.sampler.type"),
    ],
)
def test_samplers_that_make_no_sense_are_errors(sampler: dict[str, str], word: str) -> None:
    errors, _ = verdict({"sampler": sampler})
    assert len(errors) == 1
    assert word in errors[0]
    assert "spec.sampler." in errors[0]


def test_sampled_instrumentation_without_an_endpoint_is_fine() -> None:
    assert verdict(SAMPLED) == ([], [])


def test_sampler_without_a_type_is_a_warning() -> None:
    assert verdict({})[1] == ["spec.sampler.type is not set; the SDK's default applies"]


def test_two_ways_to_size_the_volume_are_an_error_that_names_the_language() -> None:
    errors, warnings = verdict(SAMPLED | {"java": {"volumeLimitSize": "1Gi", "volumeClaimTemplate": {"metadata": {}}}})
    assert "spec.java:" in errors[0]
    assert "spec.java.volumeLimitSize is deprecated" in warnings[0]


def test_half_a_tls_configuration_is_a_warning() -> None:
    _, warnings = verdict(SAMPLED | {"exporter": {"endpoint": "http://x", "tls": {"cert_file": "a"}}})
    assert ["cert_file and key_file" in warnings[0], "not https" in warnings[1]] == [True, True]


def test_https_without_tls_settings_is_a_warning() -> None:
    assert "system's authorities" in verdict(SAMPLED | {"exporter": {"endpoint": "https://x"}})[1][0]


def test_image_before_a_breaking_release_warns_with_the_words_of_the_go_operator() -> None:
    image = DEFAULT_IMAGES["dotnet"].rpartition(":")[0] + ":1.2.0"
    (warning,) = verdict(SAMPLED | {"dotnet": {"image": image}})[1]
    assert warning.startswith(f"spec.dotnet.image {image} cannot be automatically upgraded: .NET instrumentation 1.3.0 contains")


def test_window_that_cannot_be_read_is_a_warning() -> None:
    (warning,) = verdict(SAMPLED, annotations={ASKS: "true", WINDOW: "at night"})[1]
    assert WINDOW in warning
    assert "no workload is restarted" in warning


def test_warnings_have_one_line_whatever_the_user_wrote() -> None:
    _, warnings = verdict(SAMPLED | {"exporter": {"endpoint": "ftp://a\nb", "tls": {"ca_file": "x"}}})
    assert all("\n" not in warning for warning in warnings)
    assert "a b" in warnings[0]
