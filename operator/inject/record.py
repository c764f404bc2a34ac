"""What a pod tells about its injection: which features it got, from what, and what it was refused. Pure.

- label `injection.opentelemetry.io/injected`: "true" on a pod that got something, "false" on one that was refused everything,
  so that such pods can be watched without looking at all others;
- annotation `injection.opentelemetry.io/injected`: JSON object, feature to `{"resource": "namespace/name", "spec": digest}`,
  where the digest is that of the part of the resource's spec that the feature depends on, at the time of admission;
- annotation `injection.opentelemetry.io/refused`: JSON list of `{"feature", "reason", "message"}`, with `"resource"` where one
  is known.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from otel_operator.inject.digests import Digests
from otel_operator.inject.instrumentation.guard import is_instrumented
from otel_operator.inject.outcome import Outcome, Refusal
from otel_operator.inject.sidecar.guard import has_sidecar
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.inject.surroundings import Surroundings
from otel_operator.json_types import JsonObject

INJECTED = "injection.opentelemetry.io/injected"
"""Label and annotation."""
REFUSED = "injection.opentelemetry.io/refused"
_MOST_REFUSALS = 16
_LONGEST_MESSAGE = 512
_LONGEST_ANNOTATION = 32 * 1024
_MOST_ANNOTATIONS = 256 * 1024
"""Bytes that the API server takes in keys and values of an object's annotations together."""


class Source(NamedTuple):
    """Where an injected feature came from."""

    namespace: str
    name: str
    spec: str
    """Digest of what the feature depends on; empty where it was not known."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a pod's annotations tell."""

    injected: Mapping[str, Source] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.injected or self.refused)

    def of_instrumentation(self, namespace: str, name: str) -> dict[str, str]:
        """Return the digests of the features that came from an Instrumentation; a collector may have the same name."""
        return {
            feature: source.spec
            for feature, source in self.injected.items()
            if feature != SIDECAR and (source.namespace, source.name) == (namespace, name)
        }


def record(outcome: Outcome, surroundings: Surroundings, digests: Digests) -> Outcome:
    """Return the outcome with its pod labelled and annotated; the same where there is nothing to record.

    A pod may be admitted twice, or be a copy of one: an earlier record stays where nothing more was done, and of its injections
    those stay that the pod has. Of a template whose annotations alone were copied from a pod it goes.
    """
    metadata = outcome.pod.get("metadata") or {}
    if not isinstance(metadata, dict):
        return outcome
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    if not isinstance(labels, dict) or not isinstance(annotations, dict):
        return outcome
    given = read(annotations).injected
    injected = {feature: source for feature, source in given.items() if _is_there(feature, outcome)}
    more = bool(outcome.injections or outcome.refusals)
    if not (more or INJECTED in annotations or REFUSED in annotations):
        return outcome
    for injection in outcome.injections:
        injected[injection.feature] = Source(*injection.resource, digests.of(injection, surroundings))
    renewed = {INJECTED} if injected != given or not given else set()
    renewed |= {REFUSED} if more or not injected else set()
    annotations = {key: value for key, value in annotations.items() if key not in renewed}
    if injected and INJECTED in renewed:
        annotations[INJECTED] = _compact(
            {name: {"resource": f"{source.namespace}/{source.name}", "spec": source.spec} for name, source in injected.items()}
        )
    if outcome.refusals:
        annotations[REFUSED] = _compact([_written(refusal) for refusal in outcome.refusals[:_MOST_REFUSALS]])
    labels = {key: value for key, value in labels.items() if key != INJECTED}
    if injected or outcome.refusals:
        labels[INJECTED] = "true" if injected else "false"
    if (labels, annotations) == ((metadata.get("labels") or {}), (metadata.get("annotations") or {})):
        return outcome
    if _size(annotations) > _MOST_ANNOTATIONS:
        return outcome  # the API server would refuse the pod for its record
    return replace(outcome, pod={**outcome.pod, "metadata": {**metadata, "labels": labels, "annotations": annotations}})


def read(annotations: Mapping[str, str]) -> Record:
    """Read what `record` wrote. What cannot be read, for anybody may write annotations, counts as not there."""
    injected, refused = {}, []
    found = _parsed(annotations, INJECTED)
    for feature, given in found.items() if isinstance(found, dict) else ():
        if isinstance(given, dict) and (place := _place(given.get("resource"))):
            injected[feature] = Source(*place, str(given.get("spec") or ""))
    listed = _parsed(annotations, REFUSED)
    for given in listed[:_MOST_REFUSALS] if isinstance(listed, list) else ():
        if isinstance(given, dict):
            feature, reason, message = (str(given.get(key) or "")[:_LONGEST_MESSAGE] for key in ("feature", "reason", "message"))
            refused.append(Refusal(feature, reason, message, _place(given.get("resource"))))
    return Record(injected, tuple(refused))


def _is_there(feature: str, outcome: Outcome) -> bool:
    """Tell whether the pod had been given what an earlier record tells of; nothing is injected beside earlier agents."""
    if feature == SIDECAR:
        return has_sidecar(outcome.pod)
    return all(injection.feature == SIDECAR for injection in outcome.injections) and is_instrumented(outcome.pod)


def _written(refusal: Refusal) -> JsonObject:
    said = {"feature": refusal.feature, "reason": refusal.reason, "message": cut(refusal.message, _LONGEST_MESSAGE)}
    return said | {"resource": "/".join(refusal.resource)} if refusal.resource else said


def cut(text: str, limit: int) -> str:
    """Return `text` with at most `limit` bytes of UTF-8, dots in place of what was cut."""
    data = text.encode(errors="replace")
    return text if len(data) <= limit else data[: limit - 3].decode(errors="ignore") + "..."


def _parsed(annotations: Mapping[str, str], name: str) -> Any:
    text = annotations.get(name)
    if not isinstance(text, str) or len(text) > _LONGEST_ANNOTATION:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _size(annotations: Mapping[str, object]) -> int:
    return sum(len(key.encode()) + len(str(value).encode(errors="replace")) for key, value in annotations.items())


def _place(text: object) -> tuple[str, str] | None:
    namespace, slash, name = str(text or "").partition("/")
    return (namespace, name) if slash and namespace and name else None


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
