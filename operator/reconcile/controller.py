"""The collector controller: takes in events, runs the workers, knows when to stop. Free of Kopf.

Events only update the cache and enqueue keys, so they cannot fail; all work happens in the workers, which retry.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from otel_operator.errors import OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.kube.client import KubeClient
from otel_operator.kube.events import EventRecorder
from otel_operator.reconcile.apply import NotYet
from otel_operator.reconcile.cache import Cache
from otel_operator.reconcile.loop import Reconciler
from otel_operator.reconcile.ownership import ChildKey, Key
from otel_operator.reconcile.pacing import Backoff
from otel_operator.reconcile.resync import PERIOD, Resync
from otel_operator.reconcile.workqueue import ShutDown, WorkQueue
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
        self._backoff: Backoff[Key] = Backoff()
        self.queue: WorkQueue[Key] = WorkQueue(backoff=self._backoff)
        self._events, self._observe = events, observe
        self._reconciler = Reconciler(client, self.cache, events, settings, requeue=self.queue.add)
        self._resync = Resync(client, self.cache, settings.watch_namespaces, enqueue=self.queue.add, period=resync_period)
        self._tasks: list[asyncio.Task[None]] = []
        self._broken: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """List everything once, then reconcile. Raises ApiError when the lists fail."""
        await self._resync.once()
        _log.info("cache filled collectors=%d children=%d", len(self.cache.collectors), len(self.cache.children))
        self._tasks = [asyncio.create_task(self._work(), name=f"worker-{number}") for number in range(_WORKERS)]
        self._tasks.append(asyncio.create_task(self._resync.run(self._reconciler.forget_plans), name="resync"))
        self._tasks.append(asyncio.create_task(self._events.run(), name="events"))
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def broken(self) -> BaseException:
        """Wait until a task has ended by an error that it does not know; return it. The process should end then."""
        return await asyncio.shield(self._broken)

    async def stop(self) -> None:
        """End the workers where they are: every step of a reconcile may be repeated by the next leader."""
        self.queue.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

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

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        _log.error("task %s ended", task.get_name(), exc_info=error)
        if not self._broken.done():
            self._broken.set_result(error)

    async def _work(self) -> None:
        while True:
            try:
                key = await self.queue.get()
            except ShutDown:
                return
            started = time.perf_counter()
            try:
                result = await self._reconcile(key)
            finally:
                self.queue.done(key)
            if self._observe is not None:
                self._observe(result, time.perf_counter() - started)

    async def _reconcile(self, key: Key) -> str:
        """Reconcile one key and decide when it comes again; return the result's name in the metrics."""
        try:
            done = await self._reconciler.reconcile(key, self._backoff.failures(key))
        except NotYet as error:
            _log.info("trying again soon: %s", error)
            if error.after is not None:
                self.queue.add_after(key, error.after)
                return "requeue_after"
            self.queue.add_rate_limited(key)
            return "requeue"
        except OperatorError as error:
            _log.warning("reconcile failed collector=%s: %s", key, error)
            self.queue.add_rate_limited(key)
            return "error"
        except Exception:  # noqa: BLE001 (edge of the worker: one broken object must not stop the others)
            _log.exception("reconcile failed collector=%s", key)
            self.queue.add_rate_limited(key)
            return "error"
        self.queue.forget(key)
        if done.again_in is None:
            return "success"
        self.queue.add_after(key, done.again_in)
        return "requeue_after"
