"""Defaults change only what they must."""

import copy

import pytest

from otel_operator.api.defaults import default_collector_spec


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
