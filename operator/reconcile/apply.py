"""Brings planned objects into the cluster: server-side apply of those that are not already so.

ServiceAccount and ConfigMap go first, then the workload, so that pods start soon, then all else together. One failing object
does not stop its neighbours, but a workload waits for what its pods need: rolled without its configuration, it would lose the
pods that run.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from otel_operator.errors import ApiError, Conflict, Invalid, OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.kube.client import KubeClient
from otel_operator.labels import INSTANCE, MANAGED_BY
from otel_operator.reconcile.cache import Cache
from otel_operator.reconcile.immutable import has_two_controllers, is_immutable_change, replacement_propagation
from otel_operator.reconcile.managed_fields import claimed
from otel_operator.reconcile.ownership import ChildKey, controller_of, owning_collector
from otel_operator.reconcile.plan import Planned

_log = logging.getLogger(__name__)


class NotYet(OperatorError):
    """The cluster is on its way to a state in which this will work; try again soon, or `after` seconds, and tell nobody."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


@dataclass(slots=True)
class Applied:
    """What happened to a set of objects."""

    written: list[ChildKey] = field(default_factory=list)
    yielded: list[ChildKey] = field(default_factory=list)
    errors: list[OperatorError] = field(default_factory=list)

    @property
    def failure(self) -> OperatorError | None:
        """The error to report: a real one before a `NotYet`."""
        real = [error for error in self.errors if not isinstance(error, NotYet)]
        return next(iter(real or self.errors), None)


class Applier:
    """Applies to one cluster, with its cache telling what may be skipped."""

    def __init__(self, client: KubeClient, cache: Cache) -> None:
        self._client, self._cache = client, cache

    def is_current(self, key: ChildKey, digest: str, uid: str) -> bool:
        """Tell whether the live object is what applying this desired object made of it."""
        child = self._cache.children.get(key)
        return child is not None and child.applied == digest and child.owner_uid == uid and not child.deleting

    async def apply(self, uid: str, planned: Sequence[Planned]) -> Applied:
        """Apply the planned children of the collector with this uid."""
        applied = Applied()
        for stage in range(3):
            if stage == 1 and applied.errors:
                continue
            due = [item for item in planned if item.stage == stage and not self.is_current(item.key, item.digest, uid)]
            await asyncio.gather(*(self._apply_into(applied, uid, item) for item in due))
        return applied

    async def _apply_into(self, applied: Applied, uid: str, item: Planned) -> None:
        try:
            if await self._apply(uid, item):
                applied.written.append(item.key)
            else:
                applied.yielded.append(item.key)
        except OperatorError as error:
            applied.errors.append(error)

    async def _apply(self, uid: str, item: Planned) -> bool:
        """Apply one object; False when it yielded to a foreign one."""
        ours = not item.yields
        if item.yields:
            live = await self._client.find(item.key.kind, item.key.namespace, item.key.name)
            if live is not None and is_foreign(live, item, uid):
                return False
            ours = live is not None
        with self._cache.applying(item.key):
            try:
                # Without force, a foreign object that appears in between keeps its fields.
                live = await self._client.apply(item.body, force=ours)
            except Conflict:
                if ours:
                    raise
                return False
            except Invalid as error:
                live = await self._remedy(uid, item, error)
            live = await self._sole(item, live)
            if live["metadata"].get("deletionTimestamp"):
                raise NotYet(f"{item.key}: waiting until its deletion is done")
            if not self._cache.record_applied(item.key, live, item.digest):
                raise NotYet(f"{item.key}: changed by another while it was written")
        return True

    async def _sole(self, item: Planned, live: JsonObject) -> JsonObject:
        """Take back what others own of our content; return the live object without it."""
        fields, others = claimed(live, self._client.field_manager)
        if not fields:
            return live
        key = item.key
        _log.info("taking over fields of %s from %s", key, ", ".join(others))
        operations = [
            {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
        ]
        try:
            await self._client.json_patch(key.kind, key.namespace, key.name, operations)
        except Conflict as error:
            raise NotYet(f"{key}: changed by another while it was written") from error
        return await self._client.apply(item.body)

    async def _remedy(self, uid: str, item: Planned, error: ApiError) -> JsonObject:
        """Return the live object after the remedy for a refused apply, raise NotYet when that takes time, else the refusal.

        What others set can be invalid together with what we set; an immutable field asks for a new object.
        """
        key = item.key
        if has_two_controllers(error.message):
            raise NotYet(f"{key}: belongs to another controller, which must be gone or let go of it first") from error
        live: JsonObject | None = await self._client.find(key.kind, key.namespace, key.name)
        if live is not None and (controller_of(live) or {}).get("uid") != uid:
            raise error
        if not is_immutable_change(error.message):
            sole = await self._sole(item, live) if live is not None else None
            if sole is live or sole is None:
                raise error
            return sole
        if live is not None and not live["metadata"].get("deletionTimestamp"):
            propagation = replacement_propagation(live, item.body)
            _log.info("replacing %s (%s): %s", key, propagation, error.message)
            await self._client.delete(key.kind, key.namespace, key.name, uid=live["metadata"]["uid"], propagation=propagation)
        raise NotYet(f"{key}: replaced because a field cannot change; waiting until the old one is gone") from error


def is_foreign(live: JsonObject, item: Planned, uid: str) -> bool:
    """Tell whether a live object is neither this collector's, nor its predecessor's of the same name, nor left behind by one.

    Pure. A predecessor's is on its way out and refuses a second controller until then; one left behind has our labels.
    """
    controller = controller_of(live)
    if controller is None:
        wanted, found = item.body["metadata"]["labels"], live["metadata"].get("labels") or {}
        return any(found.get(name) != wanted[name] for name in (MANAGED_BY, INSTANCE))
    if controller.get("uid") == uid:
        return False
    owner = owning_collector(live)
    return owner is None or owner[0].name != (controller_of(item.body) or {}).get("name")
