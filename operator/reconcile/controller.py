"""The collector controller: takes in events and has them worked on. Free of Kopf."""

import logging
from collections.abc import Callable

from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.kube.client import KubeClient
from otel_operator.kube.events import EventRecorder
from otel_operator.reconcile.cache import Cache
from otel_operator.reconcile.loop import Reconciler
from otel_operator.reconcile.ownership import ChildKey, Key
from otel_operator.reconcile.resync import PERIOD, Resync
from otel_operator.reconcile.workers import Workers
from otel_operator.settings import Settings

NAME = "opentelemetrycollector"
_WORKERS = 16
"""A reconcile mostly waits for the API server. With 4 the last of 200 Deployments came 1.5 s later on two busy cores."""
_log = logging.getLogger(__name__)


class Controller:
    """`start()` fills the cache and begins to work; `stop()` ends all its tasks.

    `observe` is called with the result (success, requeue, requeue_after, error) and the seconds of every reconcile.
    """

    def __init__(
        self,
        client: KubeClient,
        events: EventRecorder,
        settings: Settings,
        *,
        observe: Callable[[str, float], None] | None = None,
        resync_period: float = PERIOD,
    ) -> None:
        self.cache = Cache()
        self._workers: Workers[Key] = Workers(
            "collector", lambda key, failures: self._reconciler.reconcile(key, failures), observe
        )
        self.queue = self._workers.queue
        self._events = events
        self._reconciler = Reconciler(client, self.cache, events, settings, requeue=self.queue.add)
        self._resync = Resync(client, self.cache, settings.watch_namespaces, enqueue=self.queue.add, period=resync_period)
        self.broken, self.stop = self._workers.broken, self._workers.stop

    async def start(self) -> None:
        """List everything once, then reconcile. Raises ApiError when the lists fail."""
        await self._resync.once()
        _log.info("cache filled collectors=%d children=%d", len(self.cache.collectors), len(self.cache.children))
        self._workers.start(_WORKERS, resync=self._resync.run(self._reconciler.forget_plans), events=self._events.run())

    def saw_collector(self, obj: JsonObject, *, deleted: bool) -> None:
        """Take in a watch event of a collector."""
        if self.cache.observe_collector(obj, deleted=deleted):
            self.queue.add(Key(obj["metadata"]["namespace"], obj["metadata"]["name"]))

    def saw_child(self, kind: Kind, obj: JsonObject, *, deleted: bool) -> None:
        """Take in a watch event of an object with our label."""
        key = ChildKey(kind, obj["metadata"]["namespace"], obj["metadata"]["name"])
        owner = self.cache.observe_child(key, obj, deleted=deleted)
        if owner is not None:
            self.queue.add(owner)
