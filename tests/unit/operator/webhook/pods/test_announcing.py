"""Bounds of what is said."""

from otel_operator.inject.outcome import Outcome, Refusal
from otel_operator.inject.subject import Subject
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.pods.announcing import Announcer
from otel_operator.webhook.review import AdmissionRequest
from tests.unit.operator.webhook.pods.conftest import Events

REQUEST = AdmissionRequest("u", "CREATE", "Pod", "shop", "web-*", {}, None, "me", dry_run=False)


def test_number_and_length_of_warnings_are_bounded(metrics: WebhookMetrics, events: Events) -> None:
    refusals = tuple(Refusal("java", f"Reason{number}", "x" * 1000) for number in range(20))
    pod = {"metadata": {"generateName": "web-"}}
    said = Announcer(metrics, events).outcome(REQUEST, Subject(pod, "shop"), Outcome(pod, refusals=refusals))
    assert len(said) == 8
    assert {len(text) for text in said} == {240}


def test_a_pod_with_neither_owner_nor_name_has_no_event(metrics: WebhookMetrics, events: Events) -> None:
    pod = {"metadata": {"generateName": "web-"}}
    outcome = Outcome(pod, refusals=(Refusal("java", "Reason", "said"),))
    assert Announcer(metrics, events).outcome(REQUEST, Subject(pod, "shop"), outcome) == ["java not injected: said"]
    assert events.recorded == []
