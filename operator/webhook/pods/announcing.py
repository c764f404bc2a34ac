"""Says what was done to a pod and what was not: counters, Events, log, and warnings to whoever creates it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from otel_operator.inject.outcome import Outcome
from otel_operator.inject.record import cut
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject
from otel_operator.kinds import POD
from otel_operator.kube.events import Recorder
from otel_operator.webhook.metrics import WebhookMetrics
from otel_operator.webhook.pods.seldom import Seldom
from otel_operator.webhook.review import AdmissionRequest

ACTION = "Inject"
_LONGEST_WARNING = 240
"""Bytes; API servers cut warnings above 256 when there are many."""
_MOST_WARNINGS = 8


@dataclass(slots=True)
class Announcer:
    """Dry runs leave no trace but their warnings."""

    metrics: WebhookMetrics
    recorder: Recorder
    seldom: Seldom = field(default_factory=Seldom)

    def outcome(self, request: AdmissionRequest, subject: Subject, outcome: Outcome) -> Sequence[str]:
        """Count, log and post; return the warnings of the response."""
        if not request.dry_run:
            for injection in outcome.injections:
                self.metrics.injected.labels(injection.feature).inc()
            for refusal in outcome.refusals:
                self.metrics.refused.labels(refusal.feature, refusal.reason).inc()
                for obj in _concerned(subject):
                    self.recorder.record(obj, "Warning", refusal.reason, refusal.message, ACTION)
                text = f"{request.subject}: {refusal.feature} not injected: {refusal.reason}: {refusal.message}"
                self.seldom.warning(f"{refusal.feature} {refusal.reason} {subject.namespace}", text)
        return warnings(f"{refusal.feature} not injected: {refusal.message}" for refusal in outcome.refusals)

    def untouched(
        self, request: AdmissionRequest, reason: str, message: str, error: BaseException | None = None
    ) -> Sequence[str]:
        """Say that nothing could be decided about a pod, which is admitted as it is; `error` is a fault of ours."""
        if not request.dry_run:
            self.metrics.untouched.labels(reason).inc()
            self.seldom.warning(reason, f"{request.subject} admitted untouched: {reason}: {message}", error)
        return warnings((f"pod admitted without OpenTelemetry injection: {message}",))

    def unanswered(self, reason: str) -> None:
        """Say that a review was given up before it was known which pod it is of."""
        self.metrics.untouched.labels(reason).inc()
        self.seldom.warning(reason, f"a pod's review was not answered, and the pod admitted untouched: {reason}")


def warnings(texts: Iterable[str]) -> list[str]:
    """Bound number and length of the warnings."""
    return [cut(text, _LONGEST_WARNING) for text in islice(texts, _MOST_WARNINGS)]


def _concerned(subject: Subject) -> list[JsonObject]:
    """Return the objects that people look at: the outermost owner, and the pod itself where it has a name yet."""
    concerned: list[JsonObject] = []
    if subject.owners:
        outermost = subject.owners[-1]
        metadata = {"namespace": subject.namespace, "name": outermost.name, "uid": outermost.uid}
        concerned.append({"apiVersion": outermost.api_version, "kind": outermost.kind, "metadata": metadata})
    name = subject.pod["metadata"].get("name")
    if name:
        metadata = {"namespace": subject.namespace, "name": name}
        concerned.append({"apiVersion": POD.api_version, "kind": POD.kind, "metadata": metadata})
    return concerned
