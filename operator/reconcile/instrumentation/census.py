"""How many pods have an Instrumentation's injection, by language and by workload, and how many an older one. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from otel_operator.api.languages import FEATURES
from otel_operator.inject.outcome import Refusal
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.json_types import JsonObject
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPod, WorkloadKey
from otel_operator.reconcile.instrumentation.missed import Missed
from otel_operator.reconcile.instrumentation.standing import standing
from otel_operator.reconcile.ownership import Key

MOST_WORKLOADS = 50
"""Shown in the status, those first that need attention; the rest is counted."""


@dataclass(slots=True)
class Tally:
    """Pods of one workload, or of all."""

    pods: int = 0
    outdated: int = 0
    refused: int = 0
    missed: int = 0
    features: Counter[str] = field(default_factory=Counter)
    outdated_features: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Census:
    """All pods of one Instrumentation."""

    total: Tally = field(default_factory=Tally)
    workloads: dict[WorkloadKey, Tally] = field(default_factory=dict)
    refusals: dict[Refusal, tuple[int, WorkloadKey]] = field(default_factory=dict)
    """How many pods each refusal hit, and a workload that it hit."""
    missed: tuple[Missed, ...] = ()


def take_census(
    key: Key,
    digests: Mapping[str, str],
    pods: Iterable[InjectedPod],
    missed: tuple[Missed, ...] = (),
    known: Collection[tuple[str, str]] = (),
    enabled: Collection[str] = (),
) -> Census:
    """Count `pods` of the Instrumentation `key`, whose up-to-date pods carry `digests` (by feature), and what `missed` it.

    `known` are all Instrumentations, `enabled` the features that are injected; refusals for want of those do not count.
    """
    census = Census(missed=missed)
    for pod in pods:
        mine = pod.record.of_instrumentation(*key)
        old = {feature for feature, spec in mine.items() if spec != digests.get(feature)}
        namespace = pod.workload.namespace
        refused = [refusal for refusal in standing(pod.record, namespace, known, enabled) if _refused_by(key, namespace, refusal)]
        for tally in (census.total, census.workloads.setdefault(pod.workload, Tally())):
            tally.pods += bool(mine)
            tally.outdated += bool(old)
            tally.refused += bool(refused)
            tally.features.update(mine.keys())
            tally.outdated_features.update(old)
        for refusal in refused:
            count, where = census.refusals.get(refusal, (0, pod.workload))
            census.refusals[refusal] = (count + 1, min(where, pod.workload))
    for one in missed:
        for tally in (census.total, census.workloads.setdefault(one.workload, Tally())):
            tally.missed += one.pods
    return census


def census_status(census: Census) -> JsonObject:
    """Return the counts as they are shown in `status.injection`; the same counts give the same object."""
    shown = sorted(census.workloads.items(), key=lambda item: (-item[1].refused, -item[1].missed, -item[1].outdated, item[0]))
    total = census.total
    return {
        "pods": total.pods,
        "outdatedPods": total.outdated,
        "refusedPods": total.refused,
        "missedPods": total.missed,
        "languages": [
            {"language": feature, "pods": total.features[feature], "outdatedPods": total.outdated_features[feature]}
            for feature in FEATURES
            if total.features[feature]
        ],
        "workloads": [_workload(workload, tally) for workload, tally in shown[:MOST_WORKLOADS]],
        "omittedWorkloads": max(0, len(shown) - MOST_WORKLOADS),
    }


def _workload(workload: WorkloadKey, tally: Tally) -> JsonObject:
    return {
        "kind": workload.kind,
        "namespace": workload.namespace,
        "name": workload.name,
        "languages": [feature for feature in FEATURES if tally.features[feature]],
        "pods": tally.pods,
        "outdatedPods": tally.outdated,
        "refusedPods": tally.refused,
        "missedPods": tally.missed,
    }


def _refused_by(key: Key, namespace: str, refusal: Refusal) -> bool:
    if refusal.feature == SIDECAR:
        return False
    return refusal.resource == tuple(key) if refusal.resource else namespace == key.namespace
