"""Reads from the cluster what an explanation needs, and asks the webhook's own functions what they would do."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace

from otel_operator.cli.pod_registration import Registration, reached
from otel_operator.errors import ApiError, NotFound
from otel_operator.inject.explanation import Evidence, wished
from otel_operator.inject.outcome import Outcome
from otel_operator.inject.record import read
from otel_operator.inject.replay import fresh_pod, subject_of
from otel_operator.inject.selector import named
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.inject.surroundings import Reference
from otel_operator.json_types import JsonObject
from otel_operator.kinds import (
    COLLECTOR,
    CONFIGMAP,
    DAEMONSET,
    DEPLOYMENT,
    INSTRUMENTATION,
    JOB,
    NAMESPACE,
    POD,
    REPLICASET,
    SECRET,
    STATEFULSET,
    Kind,
)
from otel_operator.kube.client import KubeClient
from otel_operator.reconcile.ownership import controller_of
from otel_operator.settings import Settings
from otel_operator.webhook.pods.mutators import mutated, mutators, references

_CRONJOB = Kind("batch", "v1", "CronJob", "cronjobs")
_OWNERS = {kind.kind: kind for kind in (REPLICASET, DEPLOYMENT, STATEFULSET, DAEMONSET, JOB, _CRONJOB)}
_MOST_OWNERS = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """Surroundings that were read once (`inject.surroundings.Surroundings`)."""

    objects: Sequence[JsonObject]

    def instrumentations(self, namespace: str) -> Sequence[JsonObject]:
        """Return all Instrumentations of a namespace."""
        return self._of(INSTRUMENTATION, namespace)

    def instrumentation(self, namespace: str, name: str) -> JsonObject | None:
        """Return one, None when there is none of that name."""
        return _named(self.instrumentations(namespace), name)

    def collectors(self, namespace: str) -> Sequence[JsonObject]:
        """Return all collectors of a namespace."""
        return self._of(COLLECTOR, namespace)

    def collector(self, namespace: str, name: str) -> JsonObject | None:
        """Return one, None when there is none of that name."""
        return _named(self.collectors(namespace), name)

    def _of(self, kind: Kind, namespace: str) -> list[JsonObject]:
        return [obj for obj in self.objects if obj["kind"] == kind.kind and obj["metadata"]["namespace"] == namespace]


async def gather(
    client: KubeClient, namespace: str, name: str, settings: Settings, hooks: Sequence[Registration] | None
) -> Evidence:
    """Read everything about one pod; `hooks` are the registrations for pods, None where they are not known.

    Raises NotFound when there is no such pod, ApiError when it cannot be read.
    """
    pod = await client.get(POD, namespace, name)
    place = await client.get(NAMESPACE, None, namespace)
    owners = await _owners(client, pod)
    evidence = Evidence(pod, place, owners, settings=settings.injection)
    seen = Seen([obj async for obj in _resources(client, namespace, _named_places(evidence))])
    instrumentations = [obj for obj in seen.objects if obj["kind"] == INSTRUMENTATION.kind]
    return replace(
        evidence,
        instrumentations=instrumentations,
        reached=reached(hooks, pod, place),
        replay=await _replay(client, evidence, seen, settings),
    )


async def _owners(client: KubeClient, pod: JsonObject) -> tuple[JsonObject, ...]:
    owners: list[JsonObject] = []
    current = pod
    while len(owners) < _MOST_OWNERS:
        reference = controller_of(current)
        kind = _OWNERS.get(str(reference["kind"])) if reference else None
        if reference is None or kind is None or reference.get("apiVersion") != kind.api_version:
            break
        found = await client.find(kind, str(pod["metadata"]["namespace"]), str(reference["name"]))
        if found is None:
            break
        owners.append(found)
        current = found
    return tuple(owners)


def _named_places(evidence: Evidence) -> set[tuple[Kind, str, str]]:
    """Return the resources of other namespaces that annotations or the record name."""
    record = read(evidence.pod["metadata"].get("annotations") or {})
    keys = {(feature, (source.namespace, source.name)) for feature, source in record.injected.items()}
    for feature, value in wished(evidence).items():
        if key := named(value, str(evidence.pod["metadata"]["namespace"])):
            keys.add((feature, key))
    return {(COLLECTOR if feature == SIDECAR else INSTRUMENTATION, *key) for feature, key in keys}


async def _resources(client: KubeClient, namespace: str, others: Iterable[tuple[Kind, str, str]]) -> AsyncIterator[JsonObject]:
    for kind in (INSTRUMENTATION, COLLECTOR):
        try:
            async for obj in client.list(kind, namespace):
                yield obj
        except NotFound:
            continue  # the kind is not installed
    for kind, place, name in sorted(others, key=str):
        if place != namespace and (found := await client.find(kind, place, name)):
            yield found


async def _replay(client: KubeClient, evidence: Evidence, seen: Seen, settings: Settings) -> Outcome:
    """Ask the webhook's functions what they would make of the pod now."""
    owners = tuple(evidence.owners)
    pod = fresh_pod(evidence.pod, owners[0] if owners else None)
    subject = subject_of(pod, evidence.namespace, owners)
    features = mutators(settings, lambda: True)
    presence: dict[Reference, bool] = {}
    for reference in references(features, subject, seen):
        kind = SECRET if reference.kind == "Secret" else CONFIGMAP
        try:
            presence[reference] = await client.find(kind, reference.namespace, reference.name) is not None
        except ApiError:
            continue  # not ours to read: it counts as present
    outcome, _ = mutated(features, subject, seen, presence)
    return outcome


def _named(objects: Iterable[JsonObject], name: str) -> JsonObject | None:
    return next((obj for obj in objects if obj["metadata"]["name"] == name), None)
