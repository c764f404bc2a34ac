"""Which workloads have pods that ask for an Instrumentation and run without, as when the webhook was away. Pure.

Metadata of pods that have nothing of ours goes in, a page of a list at a time. Of what asks, one entry a controller is kept: pods
of one ReplicaSet have one template, so one of them shows whether another operator has injected them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from otel_operator.api.languages import FEATURES, SDK
from otel_operator.inject.instrumentation.annotations import MIRROR, asked
from otel_operator.inject.instrumentation.reasons import LANGUAGE_DISABLED
from otel_operator.inject.record import read
from otel_operator.inject.selector import chosen
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject
from otel_operator.kinds import POD
from otel_operator.reconcile.instrumentation.injected_pods import WorkloadKey, workload_of_pod
from otel_operator.reconcile.instrumentation.standing import standing
from otel_operator.reconcile.ownership import Key, controller_of
from otel_operator.reconcile.workload import WORKLOAD_KINDS

MOST_CONTROLLERS = 5000
"""ReplicaSets and others of one look that are remembered; pods without a controller count as one each."""


class Missed(NamedTuple):
    """Pods of one workload that miss an Instrumentation."""

    workload: WorkloadKey
    features: tuple[str, ...]
    pods: int
    sample: str
    """Name of one of them."""
    controller: JsonObject
    """What their owner reference names, or the pod itself: apiVersion, kind, and metadata with namespace, name and uid."""


@dataclass(slots=True)
class Suspect:
    """Pods of one controller that ask and have nothing of ours."""

    workload: WorkloadKey
    controller: JsonObject
    sample: str
    sample_uid: str
    wants: dict[Key, tuple[frozenset[str], int]] = field(default_factory=dict)
    """Features and pods, by Instrumentation."""


class Suspects:
    """Takes in the pods of one look.

    `known` are the Instrumentations there are, `enabled` the features that are injected at all.
    """

    def __init__(self, known: Collection[tuple[str, str]], enabled: Iterable[str], most: int = MOST_CONTROLLERS) -> None:
        self._known, self._may, self._most = known, {*enabled, SDK.feature}, most
        self._found: dict[tuple[WorkloadKey, str], Suspect] = {}
        self.left_out = 0
        """Pods that ask and whose controller found no room."""

    def __iter__(self) -> Iterator[Suspect]:
        return iter(self._found.values())

    def add(self, pod: JsonObject, namespace_annotations: Mapping[str, str]) -> None:
        """Take in a pod that has nothing of ours (metadata suffices).

        Only what a new pod would get counts: an Instrumentation that can be chosen, a language that is on, no static pod, nor
        one that was refused and would be again.
        """
        metadata = pod["metadata"]
        subject = Subject(pod, str(metadata["namespace"]), namespace_annotations)
        if metadata.get("deletionTimestamp") or MIRROR in subject.annotations:
            return
        refused = standing(read(subject.annotations), subject.namespace, self._known, self._may)
        if any(refusal.feature != SIDECAR and refusal.reason != LANGUAGE_DISABLED for refusal in refused):
            return
        wanted: dict[Key, set[str]] = {}
        for language, selector in asked(subject).items():
            choice = chosen(selector, subject.namespace, self._known)
            if choice is not None and language.feature in self._may:
                wanted.setdefault(Key(*choice), set()).add(language.feature)
        if not wanted:
            return
        suspect = self._suspect(pod, subject.namespace)
        if suspect is None:
            self.left_out += 1
            return
        for key, features in wanted.items():
            before, pods = suspect.wants.get(key, (frozenset(), 0))
            suspect.wants[key] = (before | features, pods + 1)

    def _suspect(self, pod: JsonObject, namespace: str) -> Suspect | None:
        metadata, workload = pod["metadata"], workload_of_pod(pod)
        uid = str(metadata.get("uid") or "")
        owner = controller_of(pod) or {"apiVersion": POD.api_version, "kind": POD.kind, "name": metadata["name"], "uid": uid}
        place = (workload, str(owner.get("uid") or ""))
        if place not in self._found and len(self._found) < self._most:
            named = {"namespace": namespace, "name": owner.get("name"), "uid": owner.get("uid")}
            controller = {"apiVersion": owner.get("apiVersion"), "kind": owner.get("kind"), "metadata": named}
            self._found[place] = Suspect(workload, controller, str(metadata["name"]), uid)
        return self._found.get(place)


def by_instrumentation(suspects: Iterable[Suspect]) -> dict[Key, tuple[Missed, ...]]:
    """Return what each Instrumentation misses, one entry a workload, in their order."""
    found: dict[Key, dict[WorkloadKey, Missed]] = {}
    for suspect in suspects:
        for key, (features, pods) in suspect.wants.items():
            of_key = found.setdefault(key, {})
            other = of_key.get(suspect.workload)
            if other is not None:
                features, pods = features.union(other.features), pods + other.pods
            in_order = tuple(feature for feature in FEATURES if feature in features)
            of_key[suspect.workload] = Missed(suspect.workload, in_order, pods, suspect.sample, suspect.controller)
    return {key: tuple(of_key[workload] for workload in sorted(of_key)) for key, of_key in found.items()}


def restartable(workload: WorkloadKey) -> bool:
    """Tell whether `kubectl rollout restart` knows such a workload."""
    return workload.api_version == "apps/v1" and workload.kind in WORKLOAD_KINDS


def note(key: Key, missed: Missed) -> str:
    """Say of a workload what its pods miss, and what to do."""
    workload, features = missed.workload, ", ".join(missed.features)
    asks = "1 pod asks" if missed.pods == 1 else f"{missed.pods} pods ask"
    if restartable(workload):
        remedy = f"run: kubectl rollout restart {workload.kind.lower()}/{workload.name} -n {workload.namespace}"
    else:
        remedy = "create them anew"
    return (
        f"{asks} for {features} of Instrumentation {key} and run without: created before it, or while the webhook was away, "
        f"or the webhook is not called for them; {remedy}. "
        f"See also: otel-operator explain pod {missed.sample} -n {workload.namespace}"
    )
