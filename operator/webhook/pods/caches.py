"""What pod admission knows of the cluster without asking: custom resources, namespaces and the owners of pods' owners."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any

from otel_operator.components.collector_config import mapping, mode_of, sequence
from otel_operator.inject.static_instrumentation import NAME as STATIC_NAME
from otel_operator.inject.static_instrumentation import StaticInstrumentation
from otel_operator.inject.subject import Owner
from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR, INSTRUMENTATION, JOB, NAMESPACE, REPLICASET, Kind
from otel_operator.kube.view import View

_OURS = "opentelemetry.io/"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_KEPT_METADATA = ("namespace", "name", "uid", "generation", "labels", "annotations", "deletionTimestamp")
INTERMEDIATE = {("apps", REPLICASET.kind): REPLICASET, ("batch", JOB.kind): JOB}
"""Kinds of owners that have owners themselves, by group and kind."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is kept of a namespace: its labels, and the annotations that are for us."""

    annotations: Mapping[str, str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnersOf:
    """What is kept of a ReplicaSet or Job."""

    uid: str
    owners: tuple[Owner, ...]


class Caches:
    """The views, and the answers that mutation takes from them (`inject.surroundings.Surroundings`)."""

    def __init__(self, static: JsonObject | None = None) -> None:
        """Take, as `static`, the spec of the Instrumentation of an operator without their CRD."""
        self._static = StaticInstrumentation(static) if static is not None else None
        self.namespaces = View(NAMESPACE, marks_of, metadata_only=True)
        self._collectors = View(COLLECTOR, _collector, metadata_only=False)
        self._instrumentations = View(INSTRUMENTATION, _slim, metadata_only=False)
        self.owners: dict[Kind, View[OwnersOf]] = {
            kind: View(kind, owners_of, metadata_only=True) for kind in INTERMEDIATE.values()
        }

    def views(self) -> Iterator[View[Any]]:
        """Yield every view, the small ones first."""
        yield from (self._collectors, self._instrumentations, self.namespaces)
        yield from self.owners.values()

    def not_filled(self) -> list[str]:
        """Return the plurals of the kinds whose first list is not complete, of those that decisions need.

        Owners are not among them: one that is not known is asked for.
        """
        needed: tuple[View[Any], ...] = (self._collectors, self._instrumentations, self.namespaces)
        return [view.kind.plural for view in needed if not view.filled.is_set()]

    async def filled(self) -> None:
        """Return once decisions can be made."""
        for view in (self._collectors, self._instrumentations, self.namespaces):
            await view.filled.wait()

    async def all_filled(self) -> None:
        """Return once every list is complete, that of owners too."""
        await asyncio.gather(*(view.filled.wait() for view in self.views()))

    def instrumentations(self, namespace: str) -> Sequence[JsonObject]:
        """Return all Instrumentations of a namespace; the static one is the only one where there is one."""
        if self._static is not None:
            return [self._static.of(namespace)]
        return [*self._instrumentations.of(namespace)]

    def instrumentation(self, namespace: str, name: str) -> JsonObject | None:
        """Return one, None when there is none of that name."""
        if self._static is not None and name == STATIC_NAME:
            return self._static.of(namespace)
        return self._instrumentations.get(namespace, name)

    def collectors(self, namespace: str) -> Sequence[JsonObject]:
        """Return all collectors of a namespace; of those that are no sidecars only metadata and mode."""
        return [*self._collectors.of(namespace)]

    def collector(self, namespace: str, name: str) -> JsonObject | None:
        """Return one, None when there is none of that name."""
        return self._collectors.get(namespace, name)


def marks_of(namespace: JsonObject) -> Marks:
    """Keep what admission reads of a Namespace."""
    metadata = namespace["metadata"]
    annotations = {key: value for key, value in mapping(metadata.get("annotations")).items() if _OURS in key}
    return Marks(annotations, {intern(key): value for key, value in mapping(metadata.get("labels")).items()})


def owners_of(obj: JsonObject) -> OwnersOf:
    """Keep whose an object is."""
    metadata = obj["metadata"]
    return OwnersOf(str(metadata.get("uid") or ""), tuple(owner(ref) for ref in sequence(metadata.get("ownerReferences"))))


def owner(reference: JsonObject) -> Owner:
    """Read an owner reference."""
    api_version, kind = str(reference.get("apiVersion") or ""), str(reference.get("kind") or "")
    return Owner(intern(api_version), intern(kind), str(reference.get("name") or ""), str(reference.get("uid") or ""))


def _collector(obj: JsonObject) -> JsonObject:
    if mode_of(obj) == "sidecar":
        return _slim(obj)
    metadata = {name: obj["metadata"].get(name) for name in ("namespace", "name", "uid")}
    return {"apiVersion": obj.get("apiVersion"), "kind": obj.get("kind"), "metadata": metadata, "spec": {"mode": mode_of(obj)}}


def _slim(obj: JsonObject) -> JsonObject:
    """Leave out who wrote which field, which is half of an object, and its status."""
    metadata = {name: obj["metadata"][name] for name in _KEPT_METADATA if name in obj["metadata"]}
    if _LAST_APPLIED in mapping(metadata.get("annotations")):
        metadata["annotations"] = {key: text for key, text in metadata["annotations"].items() if key != _LAST_APPLIED}
    return {"metadata": metadata, "spec": mapping(obj.get("spec"))}
