"""Lists everything, at the start and every ten minutes or so, and compares it with the cache.

Kopf loses deletions that happen while a watch is broken; after a resync nothing is remembered that is not there. At the
start it fills the cache before any collector is reconciled, so that what an earlier process left behind is pruned.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence

from otel_operator.errors import ApiError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR, OWNED, Kind
from otel_operator.kube.client import KubeClient
from otel_operator.labels import manager_selector
from otel_operator.reconcile.cache import Cache, version_of
from otel_operator.reconcile.ownership import ChildKey, Key

PERIOD = 600.0
_JITTER = 0.1
_log = logging.getLogger(__name__)


class Resync:
    """Feeds full lists to the cache and calls `enqueue` for what they reveal."""

    def __init__(
        self,
        client: KubeClient,
        cache: Cache,
        namespaces: Sequence[str],
        *,
        enqueue: Callable[[Key], None],
        period: float = PERIOD,
    ) -> None:
        self._client, self._cache, self._enqueue, self._period = client, cache, enqueue, period
        self._namespaces: Sequence[str | None] = list(namespaces) or [None]

    async def run(self, before: Callable[[], None]) -> None:
        """Resync for ever, jittered; calls `before` each time. A list that fails is left to the next round."""
        while True:
            await asyncio.sleep(self._period * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 (spread, not a secret)
            before()
            try:
                await self.once()
            except ApiError as error:
                _log.warning("resync not complete: %s", error)

    async def once(self) -> None:
        """List all kinds and enqueue every collector. Raises the ApiError of the list that failed."""
        for kind in OWNED:
            await self._children(kind)
        await self._collectors()
        for key in self._cache.collectors:
            self._enqueue(key)

    async def _children(self, kind: Kind) -> None:
        before = {key: child.version for key, child in self._cache.children.items() if key.kind == kind}
        seen = set()
        async for obj in self._listed(kind, manager_selector()):
            key = ChildKey(kind, obj["metadata"]["namespace"], obj["metadata"]["name"])
            seen.add(key)
            if owner := self._cache.observe_child(key, obj):
                self._enqueue(owner)
        for key, version in before.items():
            child = self._cache.children.get(key)
            # Only what was there before the list and has not changed since is gone for certain.
            if key not in seen and child is not None and child.version == version and (owner := self._cache.forget_child(key)):
                self._enqueue(owner)

    async def _collectors(self) -> None:
        before = {key: version_of(obj) for key, obj in self._cache.collectors.items()}
        seen = set()
        async for obj in self._listed(COLLECTOR, ""):
            seen.add(Key(obj["metadata"]["namespace"], obj["metadata"]["name"]))
            self._cache.observe_collector(obj)
        for key, version in before.items():
            live = self._cache.collectors.get(key)
            if key not in seen and live is not None and version_of(live) == version:
                self._cache.forget_collector(key)
                self._enqueue(key)

    async def _listed(self, kind: Kind, labels: str) -> AsyncIterator[JsonObject]:
        for namespace in self._namespaces:
            async for obj in self._client.list(kind, namespace, labels=labels):
                yield obj
