"""Which pods carry which injection, from their metadata. Pure: watch events and lists go in, counts are asked for.

Of a pod only its workload and its record are kept, and pods of one workload share both.
"""

import logging
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from typing import NamedTuple

from otel_operator.inject.record import INJECTED, REFUSED, Record, read
from otel_operator.inject.sidecar.names import SIDECAR
from otel_operator.json_types import JsonObject
from otel_operator.reconcile.ownership import Key, controller_of

SELECTOR = INJECTED
"""Label selector of pods that were injected or refused."""
RUNNING = "status.phase!=Succeeded,status.phase!=Failed"
"""Field selector: pods that ended run nothing, and those of a Job may stay for days."""
MOST = 50_000
"""Pods that are remembered."""
_HASH_LABEL = "pod-template-hash"
_log = logging.getLogger(__name__)


class WorkloadKey(NamedTuple):
    """What a pod belongs to; a pod without a controller belongs to itself."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


class InjectedPod(NamedTuple):
    """One pod."""

    workload: WorkloadKey
    record: Record


def workload_of_pod(pod: JsonObject) -> WorkloadKey:
    """Return what controls a pod (its metadata suffices): of a Deployment's ReplicaSet, the Deployment.

    The Deployment's controller calls a ReplicaSet `<deployment>-<pod-template-hash>` and labels its pods with the hash.
    """
    metadata = pod["metadata"]
    namespace, name = str(metadata["namespace"]), str(metadata["name"])
    owner = controller_of(pod)
    if owner is None:
        return WorkloadKey("v1", "Pod", namespace, name)
    api_version, kind, owner_name = (str(owner.get(key)) for key in ("apiVersion", "kind", "name"))
    ending = f"-{(metadata.get('labels') or {}).get(_HASH_LABEL)}"
    if (api_version, kind) == ("apps/v1", "ReplicaSet") and owner_name.endswith(ending):
        return _shared(WorkloadKey(api_version, "Deployment", namespace, owner_name.removesuffix(ending)))
    return _shared(WorkloadKey(api_version, kind, namespace, owner_name))


class InjectedPods:
    """Pods by key, and by the Instrumentation that they got something from or were refused by."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.left_out = 0
        """News of pods that found no room since the last list."""
        self._pods: dict[Key, InjectedPod] = {}
        self._by_source: dict[Key, set[Key]] = {}

    def __len__(self) -> int:
        return len(self._pods)

    def observe(self, pod: JsonObject, *, deleted: bool = False) -> set[Key]:
        """Take in a pod; return the Instrumentations that it is news to.

        A key with an empty name stands for all of the namespace: a pod that could not choose between several was refused by
        each of them.
        """
        metadata = pod["metadata"]
        key = Key(str(metadata["namespace"]), str(metadata["name"]))
        old, new = self._pods.get(key), None
        if not deleted and not metadata.get("deletionTimestamp"):
            annotations = metadata.get("annotations") or {}
            record = _record(str(annotations.get(INJECTED) or ""), str(annotations.get(REFUSED) or ""))
            new = InjectedPod(workload_of_pod(pod), record) if record else None
        if old == new:
            return set()
        before = self._forget(key) if old else set()
        if new and len(self._pods) >= self._most:
            if not self.left_out:
                _log.error("more than %d recorded pods; the status of Instrumentations does not count the others", self._most)
            self.left_out += 1
            return before
        return before | (self._store(key, new) if new else set())

    def keep_only(self, existing: Set[tuple[str, str]], namespace: str | None) -> set[Key]:
        """Forget the pods of a namespace (None: of all) that do not exist; return the Instrumentations that this is news to."""
        gone = [key for key in self._pods if key not in existing and namespace in (None, key.namespace)]
        self.left_out = 0
        affected: set[Key] = set()
        for key in gone:
            affected |= self._forget(key)
        return affected

    def of(self, key: Key) -> Iterator[InjectedPod]:
        """Yield the pods that an Instrumentation was injected into or that were refused because of it."""
        for pod in self._by_source.get(key, set()) | self._by_source.get(Key(key.namespace, ""), set()):
            yield self._pods[pod]

    def _store(self, key: Key, pod: InjectedPod) -> set[Key]:
        sources = set(_sources(key.namespace, pod.record))
        self._pods[key] = pod
        for source in sources:
            self._by_source.setdefault(source, set()).add(key)
        return sources

    def _forget(self, key: Key) -> set[Key]:
        sources = set(_sources(key.namespace, self._pods.pop(key).record))
        for source in sources:
            pods = self._by_source[source]
            pods.discard(key)
            if not pods:
                del self._by_source[source]
        return sources


def _sources(namespace: str, record: Record) -> Iterable[Key]:
    # A sidecar comes from a collector, which may have the name of an Instrumentation.
    for feature, source in record.injected.items():
        if feature != SIDECAR:
            yield Key(source.namespace, source.name)
    for refusal in record.refused:
        if refusal.feature != SIDECAR:
            yield Key(*refusal.resource) if refusal.resource else Key(namespace, "")


@lru_cache(maxsize=2048)
def _record(injected: str, refused: str) -> Record:
    return read({INJECTED: injected, REFUSED: refused})


@lru_cache(maxsize=2048)
def _shared(key: WorkloadKey) -> WorkloadKey:
    return key
