"""Brings planned objects into the cluster: server-side apply of those that are not already so.

ServiceAccount and ConfigMap go first, the rest together after them. One failing object does not stop its neighbours.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from otel_operator.errors import ApiError, Conflict, Invalid, OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.kube.client import KubeClient
from otel_operator.reconcile.cache import Cache
from otel_operator.reconcile.immutable import has_two_controllers, is_immutable_change, replacement_propagation
from otel_operator.reconcile.ownership import ChildKey, controller_of
from otel_operator.reconcile.plan import Planned
from otel_operator.reconcile.strays import correction, whole

_log = logging.getLogger(__name__)


class NotYet(OperatorError):
    """The cluster is on its way to a state in which this will work; try again soon, and tell nobody."""


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
        for first in (True, False):
            stage = [item for item in planned if item.first is first and not self.is_current(item.key, item.digest, uid)]
            await asyncio.gather(*(self._apply_into(applied, uid, item) for item in stage))
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
        if item.yields and await self._is_foreign(uid, item.key):
            return False
        with self._cache.applying(item.key):
            try:
                # Without force, a foreign object that appears in between keeps its fields.
                live = await self._client.apply(item.body, force=not item.yields)
            except Conflict:
                if item.yields:
                    return False
                raise
            except Invalid as error:
                live = await self._remedy(uid, item, error)
            live = await self._without_strays(item, live)
            if live["metadata"].get("deletionTimestamp"):
                raise NotYet(f"{item.key}: waiting until its deletion is done")
            if not self._cache.record_applied(item.key, live, item.digest):
                raise NotYet(f"{item.key}: changed by another while it was written")
        return True

    async def _is_foreign(self, uid: str, key: ChildKey) -> bool:
        child = self._cache.children.get(key)
        if child is not None and child.owner_uid == uid:
            return False
        live = await self._client.find(key.kind, key.namespace, key.name)
        return live is not None and (controller_of(live) or {}).get("uid") != uid

    async def _without_strays(self, item: Planned, live: JsonObject) -> JsonObject:
        """Take out what others added to our lists, once: who adds it again at once is a program, not a hand."""
        patch = correction(item.body, live)
        if not patch:
            return live
        _log.info("taking foreign entries out of %s: %s", item.key, ", ".join(sorted(patch)))
        key = item.key
        live = await self._client.merge_patch(key.kind, key.namespace, key.name, patch)
        if correction(item.body, live):
            _log.warning("%s: another program adds to it again; its additions are left", item.key)
        return live

    async def _remedy(self, uid: str, item: Planned, error: ApiError) -> JsonObject:
        """Return the live object after the remedy for a refused apply, raise NotYet when that takes time, else the refusal.

        Foreign entries in a list can make it invalid together with ours; an immutable field asks for a new object.
        """
        key = item.key
        if has_two_controllers(error.message):
            raise NotYet(f"{key}: still belongs to a controller that is being deleted") from error
        live: JsonObject | None = await self._client.find(key.kind, key.namespace, key.name)
        if live is not None and (controller_of(live) or {}).get("uid") != uid:
            raise error
        if not is_immutable_change(error.message):
            if live is None:
                raise error
            await self._client.merge_patch(key.kind, key.namespace, key.name, whole(item.body))
            return await self._client.apply(item.body)
        if live is not None and not live["metadata"].get("deletionTimestamp"):
            propagation = replacement_propagation(live, item.body)
            _log.info("replacing %s (%s): %s", key, propagation, error.message)
            await self._client.delete(key.kind, key.namespace, key.name, uid=live["metadata"]["uid"], propagation=propagation)
        raise NotYet(f"{key}: replaced because a field cannot change; waiting until the old one is gone") from error
