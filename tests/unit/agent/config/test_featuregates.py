"""Stages of feature gates."""

import logging

import pytest

from otel_agent.config.featuregates import FeatureGates, Gate, Stage


@pytest.fixture
def gates():
    return FeatureGates(Gate(stage.value.lower(), stage, "") for stage in Stage)


def test_defaults_follow_the_stage(gates):
    assert {gate.id: gates.enabled(gate.id) for gate in gates.gates()} == {
        "alpha": False,
        "beta": True,
        "stable": True,
        "deprecated": False,
    }


def test_lists_and_signs(gates):
    gates.apply(["+alpha,-beta"])
    assert (gates.enabled("alpha"), gates.enabled("beta")) == (True, False)
    gates.apply(["alpha", "", "beta"])
    assert gates.enabled("beta")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("-stable", 'feature gate "stable" is stable, can not be disabled'),
        ("deprecated", 'feature gate "deprecated" is deprecated, can not be enabled'),
        ("nope", 'no such feature gate "nope". valid gates: alpha, beta, deprecated, stable'),
    ],
)
def test_refusals(gates, option, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared below
        gates.apply([option])
    assert str(caught.value) == message


def test_all_refusals_are_reported(gates):
    with pytest.raises(ValueError, match=r"(?s)nope.*stable"):
        gates.apply(["nope,-stable"])


def test_setting_a_stable_gate_is_warned_about(gates, caplog):
    with caplog.at_level(logging.WARNING):
        gates.apply(["stable"])
    assert "has no effect" in caplog.text


def test_ids_are_unique(gates):
    with pytest.raises(ValueError, match="already registered"):
        gates.register(Gate("alpha", Stage.BETA, ""))
