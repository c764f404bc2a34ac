"""Defaults change only what they must; Instrumentation's checks name field and remedy."""

import copy

import pytest

from otel_operator.api.defaults import default_collector_spec, default_instrumentation, validate_instrumentation


def spec(**fields) -> dict:
    return default_collector_spec({"spec": fields})["spec"]


def test_bare_collector_is_a_managed_deployment_of_one_replica():
    assert spec() == {"mode": "deployment", "upgradeStrategy": "automatic", "managementState": "managed", "replicas": 1}


def test_defaulting_twice_is_defaulting_once_and_returns_the_same_object():
    once = default_collector_spec({"spec": {"autoscaler": {"maxReplicas": 3}, "ingress": {"type": "ingress"}}})
    assert default_collector_spec(once) is once


def test_defaulting_leaves_its_argument_alone():
    obj = {"spec": {"autoscaler": {"maxReplicas": 3}}}
    before = copy.deepcopy(obj)
    default_collector_spec(obj)
    assert obj == before


def test_autoscaler_with_a_maximum_gets_minimum_and_target():
    assert spec(replicas=2, autoscaler={"maxReplicas": 5})["autoscaler"] == {
        "maxReplicas": 5,
        "minReplicas": 2,
        "targetCPUUtilization": 90,
    }


def test_autoscaler_without_a_maximum_is_left_alone():
    assert spec(autoscaler={"minReplicas": 2})["autoscaler"] == {"minReplicas": 2}


def test_autoscaler_by_memory_gets_no_cpu_target():
    assert "targetCPUUtilization" not in spec(autoscaler={"maxReplicas": 5, "targetMemoryUtilization": 70})["autoscaler"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "route"}, {"type": "route", "route": {"termination": "edge"}}),
        ({"type": "ingress"}, {"type": "ingress", "ruleType": "path"}),
        ({"hostname": "x"}, {"hostname": "x"}),
    ],
)
def test_ingress_gets_what_its_type_needs(given, expected):
    assert spec(ingress=given)["ingress"] == expected


def test_instrumentation_completes_only_the_languages_it_names():
    obj = {"metadata": {"name": "x"}, "spec": {"python": {"image": "mine"}}}
    completed = default_instrumentation(obj)
    assert completed["spec"] == {
        "python": {
            "image": "mine",
            "resourceRequirements": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "50m", "memory": "64Mi"}},
        }
    }
    assert default_instrumentation(completed) == completed


def test_instrumentation_images_are_recorded_as_defaults():
    completed = default_instrumentation({"metadata": {}, "spec": {"java": {}}}, {"java": "agent:1"})
    assert completed["spec"]["java"]["image"] == "agent:1"
    key = "instrumentation.opentelemetry.io/default-auto-instrumentation-java-image"
    assert completed["metadata"]["annotations"] == {key: "agent:1"}


@pytest.mark.parametrize(
    ("sampler", "word"),
    [
        ({"type": "traceidratio", "argument": "1.5"}, "0 to 1"),
        ({"type": "parentbased_traceidratio", "argument": "x"}, "0 to 1"),
        ({"type": "jaeger_remote", "argument": "endpoint="}, "endpoint"),
        ({"type": "jaeger_remote", "argument": "pollingIntervalMs=1s"}, "pollingIntervalMs"),
        ({"type": "parentbased_jaeger_remote", "argument": "initialSamplingRate=2"}, "initialSamplingRate"),
        ({"type": "jaeger_remote", "argument": "hello"}, "key=value"),
    ],
)
def test_sampler_arguments_that_make_no_sense_are_errors(sampler, word):
    errors, _ = validate_instrumentation({"spec": {"sampler": sampler}})
    assert len(errors) == 1
    assert word in errors[0]
    assert "spec.sampler.argument" in errors[0]


def test_guides_sampler_is_fine():
    assert validate_instrumentation({"spec": {"sampler": {"type": "parentbased_traceidratio", "argument": "0.1"}}}) == ([], [])


def test_two_ways_to_size_the_volume_are_an_error_that_names_the_language():
    errors, warnings = validate_instrumentation(
        {
            "spec": {
                "sampler": {"type": "always_on"},
                "java": {"volumeLimitSize": "1Gi", "volumeClaimTemplate": {"spec": {"a": 1}}},
            }
        }
    )
    assert "spec.java" in errors[0]
    assert "deprecated" in warnings[0]


def test_half_a_tls_configuration_is_a_warning():
    _, warnings = validate_instrumentation({"spec": {"exporter": {"endpoint": "http://x", "tls": {"cert_file": "a"}}}})
    assert any("cert_file and key_file" in w for w in warnings)
    assert any("not https" in w for w in warnings)
