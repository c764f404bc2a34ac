"""The annotation that says what was refused."""

import json

from otel_operator.inject.outcome import Outcome, Refusal
from otel_operator.inject.refused import LONGEST, REFUSED, recorded

POD = {"metadata": {"name": "p", "annotations": {"a": "b"}}, "spec": {}}


def test_each_refusal_is_written_with_feature_reason_and_message() -> None:
    pod = recorded(Outcome(POD, refusals=(Refusal("sidecar", "CollectorNotFound", "no"), Refusal("java", "Off", "off"))))
    assert json.loads(pod["metadata"]["annotations"].pop(REFUSED)) == [
        {"feature": "sidecar", "reason": "CollectorNotFound", "message": "no"},
        {"feature": "java", "reason": "Off", "message": "off"},
    ]
    assert pod == POD


def test_a_pod_without_refusals_is_the_same_object() -> None:
    assert recorded(Outcome(POD)) is POD


def test_a_refusal_copied_from_another_pod_is_taken_away() -> None:
    assert recorded(Outcome({"metadata": {"annotations": {REFUSED: "[]", "a": "b"}}})) == {
        "metadata": {"annotations": {"a": "b"}}
    }


def test_its_size_is_bounded_whatever_was_refused() -> None:
    refusals = tuple(Refusal("java", f"Reason{number}", "ü" * 10_000) for number in range(100))
    text = recorded(Outcome(POD, refusals=refusals))["metadata"]["annotations"][REFUSED]
    assert len(text) <= LONGEST
    assert json.loads(text)[0]["reason"] == "Reason0"
    assert json.loads(text)[0]["message"].endswith("ü...")


def test_no_annotation_is_written_for_which_the_api_server_would_refuse_the_pod() -> None:
    full = {"metadata": {"annotations": {"a": "x" * (256 * 1024 - 50)}}}
    assert recorded(Outcome(full, refusals=(Refusal("sidecar", "NoSidecarCollector", "create one"),))) is full
