"""Says step by step what became of a pod's wish for injection: asked, chosen, done, and what to change. Pure.

Everything is told from the objects as they are and from what the webhook's own functions make of the pod as its workload would
create it now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from otel_operator.api.languages import PREFIX, SDK
from otel_operator.inject.digests import instrumentation_digests
from otel_operator.inject.instrumentation.annotations import asked
from otel_operator.inject.instrumentation.guard import is_instrumented
from otel_operator.inject.misplaced import KEYS, misplaced
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.precedence import FALSE, TRUE, effective
from otel_operator.inject.record import Record, read
from otel_operator.inject.replay import subject_of
from otel_operator.inject.selector import chosen
from otel_operator.inject.sidecar import selection as sidecar
from otel_operator.inject.sidecar.guard import has_sidecar
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.json_types import JsonObject
from otel_operator.settings import InjectionSettings

Finding = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was found out."""

    step: Literal["asked", "chosen", "reached", "done", "now"]
    finding: Finding
    text: str
    change: str = ""
    """What to do about it, for a problem."""


class Unreached(NamedTuple):
    """Why the webhook is not called for a pod, and what to do about it."""

    text: str
    change: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The objects that a pod's injection depends on, as they are."""

    pod: JsonObject
    namespace: JsonObject
    owners: Sequence[JsonObject] = ()
    """Nearest first: ReplicaSet, Deployment."""
    instrumentations: Sequence[JsonObject] = ()
    """Those of the pod's namespace and those that annotations name."""
    reached: bool | Unreached | None = None
    """Whether the webhook is called for this pod; None when that is not known."""
    replay: Outcome | None = None
    """What the webhook would make of the pod if its workload created it now; None when that is not known."""
    settings: InjectionSettings = field(default_factory=InjectionSettings)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All steps about one pod."""

    pod: str
    steps: tuple[Step, ...]

    @property
    def changes(self) -> tuple[str, ...]:
        """What to do, each once."""
        return tuple(dict.fromkeys(step.change for step in self.steps if step.change))


def explain(evidence: Evidence) -> Explanation:
    """Find out all that can be said."""
    steps = (*_asked(evidence), *_chosen(evidence), *_reached(evidence), *_done(evidence), *_now(evidence))
    return Explanation(_subject(evidence), steps)


def wished(evidence: Evidence) -> dict[str, str]:
    """Return the value that counts of each feature that the pod asks for, the sidecar among them."""
    subject = subject_of(evidence.pod, evidence.namespace, ())
    wishes = {language.feature: selector for language, selector in asked(subject).items()}
    value = sidecar.asked(subject)
    return {SIDECAR: value, **wishes} if value and value.lower() != FALSE else wishes


def _asked(evidence: Evidence) -> Iterator[Step]:
    pod, namespace = _annotations(evidence.pod), _annotations(evidence.namespace)
    wishes = wished(evidence)
    for feature, key in KEYS.items():
        own, inherited = pod.get(key, ""), namespace.get(key, "")
        if own or inherited:
            sides = " and ".join(
                f"the {where} says {value!r}" for where, value in (("pod", own), ("namespace", inherited)) if value
            )
            counts = f"{wishes[feature]!r} counts" if feature in wishes else "it is not asked for"
            if feature not in wishes and effective(key, pod=pod, namespace=namespace).lower() != FALSE:
                counts += ", since the pod is a collector's own"
            yield Step("asked", "ok" if feature in wishes else "note", f"{feature}: {sides} in {key}; {counts}")
    for text, change in misplaced(evidence.pod, evidence.namespace, evidence.owners, wishes):
        yield Step("asked", "problem", text, change)
    if not wishes:
        yield Step(
            "asked",
            "problem",
            "neither the pod nor its namespace asks for anything",
            f'set {PREFIX}inject-<language>: "true" in the annotations of the pod template (not of the workload), or of the '
            "namespace, and create the pod anew",
        )


def _chosen(evidence: Evidence) -> Iterator[Step]:
    namespace = str(evidence.pod["metadata"]["namespace"])
    existing = {_key(obj): obj for obj in evidence.instrumentations}
    for feature, value in wished(evidence).items():
        if feature == SIDECAR:
            continue
        if feature not in evidence.settings.enabled_languages and feature != SDK.feature:
            yield Step(
                "chosen", "problem", f"{feature}: switched off", f"start the operator with --enable-{feature}-instrumentation"
            )
        choice = chosen(value, namespace, existing.keys())
        if choice is not None:
            yield _choice(evidence, feature, existing[choice])
            continue
        here = sorted(name for place, name in existing if place == namespace)
        if value.lower() != TRUE:
            there = f"; there are {', '.join(here)}" if here else ""
            text = f"{feature}: there is no Instrumentation {value!r} (as seen from namespace {namespace}){there}"
            yield Step("chosen", "problem", text, f"create it, or correct {KEYS[feature]}")
        elif here:
            text = (
                f"{feature}: namespace {namespace} has {len(here)} Instrumentations ({', '.join(here)}), so 'true' chooses none"
            )
            yield Step("chosen", "problem", text, f"name one of them in {KEYS[feature]}")
        else:
            text = f"{feature}: namespace {namespace} has no Instrumentation"
            yield Step("chosen", "problem", text, f"create one there, or set {KEYS[feature]} to <namespace>/<name>")


def _choice(evidence: Evidence, feature: str, instrumentation: JsonObject) -> Step:
    said = f"{feature}: Instrumentation {'/'.join(_key(instrumentation))}"
    pod, since = (str(obj["metadata"].get("creationTimestamp") or "") for obj in (evidence.pod, instrumentation))
    if pod and since > pod:
        return Step("chosen", "problem", f"{said}, which was made at {since}, after the pod (at {pod})", _anew(evidence))
    return Step("chosen", "ok", said)


def _reached(evidence: Evidence) -> Iterator[Step]:
    if isinstance(evidence.reached, Unreached):
        text, change = evidence.reached
        yield Step("reached", "problem", f"the webhook is not called for this pod: {text}", change)
    elif evidence.reached:
        yield Step("reached", "ok", "the webhook is registered for pods like this one")


def _done(evidence: Evidence) -> Iterator[Step]:
    record, wishes = read(_annotations(evidence.pod)), wished(evidence)
    for feature, source in record.injected.items():
        yield _injected(evidence, feature, source.spec, (source.namespace, source.name))
    for refusal in record.refused:
        of = f" (of {'/'.join(refusal.resource)})" if refusal.resource else ""
        text = f"{refusal.feature}: refused{of}, {refusal.reason}: {refusal.message}"
        if _is_granted_now(evidence, refusal.feature):
            yield Step("done", "problem", f"{text}. That holds no more", _anew(evidence))
        else:
            yield Step("done", "problem", text, f"{refusal.message}; then {_anew(evidence)}")
    told = {*record.injected, *(refusal.feature for refusal in record.refused)}
    for feature in wishes:
        if feature not in told:
            yield _untold(evidence, record, feature)
    if not wishes and not record:
        yield Step("done", "note", "nothing was injected")


def _is_granted_now(evidence: Evidence, feature: str) -> bool:
    """Tell whether a new pod would get a feature, and all of it."""
    replay = evidence.replay or Outcome(evidence.pod)
    granted = {injection.feature for injection in replay.injections} - {refusal.feature for refusal in replay.refusals}
    return feature in granted


def _injected(evidence: Evidence, feature: str, spec: str, source: tuple[str, str]) -> Step:
    said = f"{feature}: injected from {'/'.join(source)}"
    if feature == SIDECAR:
        return Step("done", "ok", said)
    existing = {_key(obj): obj for obj in evidence.instrumentations}
    value = wished(evidence).get(feature, "")
    choice = chosen(value, str(evidence.pod["metadata"]["namespace"]), existing.keys()) if value else None
    if choice not in (None, source):
        text = f"{said}, and by now {value!r} chooses Instrumentation {'/'.join(choice)}"
        return Step("done", "problem", text, _anew(evidence))
    instrumentation = existing.get(source)
    if instrumentation is None:
        return Step("done", "note", f"{said}, which does not exist any more")
    if spec != instrumentation_digests(instrumentation, evidence.settings.images).get(feature):
        return Step("done", "problem", f"{said}, which has changed since: the pod runs an older injection", _anew(evidence))
    return Step("done", "ok", f"{said}, which has not changed since")


def _untold(evidence: Evidence, record: Record, feature: str) -> Step:
    present = has_sidecar(evidence.pod) if feature == SIDECAR else not record and is_instrumented(evidence.pod)
    if present:
        return Step("done", "note", f"{feature}: the pod was injected by another operator, or an older version, without a record")
    text = (
        f"{feature}: asked for, and nothing was done or recorded: the webhook was not called when the pod was created, or failed"
    )
    return Step("done", "problem", text, f"see whether the webhook's pods are ready; then {_anew(evidence)}")


def _now(evidence: Evidence) -> Iterator[Step]:
    if evidence.replay is None:
        return
    for injection in evidence.replay.injections:
        where = f" into {', '.join(injection.containers)}" if injection.containers else ""
        yield Step("now", "ok", f"{injection.feature}: a new pod would get it{where} from {'/'.join(injection.resource)}")
    told = {(refusal.feature, refusal.message) for refusal in read(_annotations(evidence.pod)).refused}
    for refusal in evidence.replay.refusals:
        known = (refusal.feature, refusal.message) in told
        text = f"{refusal.feature}: a new pod would be refused it, " + (
            "still" if known else f"{refusal.reason}: {refusal.message}"
        )
        yield Step("now", "problem", text, "" if known else refusal.message)


def _anew(evidence: Evidence) -> str:
    """Say how this pod is created anew."""
    metadata = evidence.pod["metadata"]
    top = evidence.owners[-1] if evidence.owners else None
    if top is not None and top.get("kind") in ("Deployment", "StatefulSet", "DaemonSet"):
        return f"run: kubectl rollout restart {str(top['kind']).lower()}/{top['metadata']['name']} -n {metadata['namespace']}"
    return "create the pod anew"


def _subject(evidence: Evidence) -> str:
    metadata = evidence.pod["metadata"]
    of = f" of {_name(evidence.owners[-1])}" if evidence.owners else ""
    return f"pod {metadata['namespace']}/{metadata['name']}{of}"


def _name(obj: JsonObject) -> str:
    return f"{obj.get('kind')} {obj['metadata']['name']}"


def _key(obj: JsonObject) -> tuple[str, str]:
    return str(obj["metadata"].get("namespace") or ""), str(obj["metadata"]["name"])


def _annotations(obj: JsonObject) -> Mapping[str, str]:
    return (obj.get("metadata") or {}).get("annotations") or {}
