"""Runs the background tasks of a controller: workers that take keys from a queue, and whatever else must not end. Free of Kopf.

Events only update caches and enqueue keys, so they cannot fail; all work happens in the workers, which retry.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from otel_operator.errors import OperatorError
from otel_operator.reconcile.apply import NotYet
from otel_operator.reconcile.pacing import Backoff
from otel_operator.reconcile.workqueue import ShutDown, WorkQueue

K = TypeVar("K", bound=Hashable)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """A reconcile that went well; `again_in` asks for another one in so many seconds."""

    again_in: float | None = None


class Workers(Generic[K]):
    """`start` begins to work on what is in `queue`; `stop` ends all tasks.

    `reconcile` is called with a key and the number of tries that failed before; it raises NotYet for a state that passes and
    OperatorError otherwise. `observe` is called with the result (success, requeue, requeue_after, error) and the seconds of each.
    """

    def __init__(
        self,
        noun: str,
        reconcile: Callable[[K, int], Awaitable[Done]],
        observe: Callable[[str, float], None] | None = None,
    ) -> None:
        self._noun, self._reconcile, self._observe = noun, reconcile, observe
        self._backoff: Backoff[K] = Backoff()
        self.queue: WorkQueue[K] = WorkQueue(backoff=self._backoff)
        self._tasks: list[asyncio.Task[None]] = []
        self._broken: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def start(self, workers: int, **others: Coroutine[Any, Any, None]) -> None:
        """Start so many workers, and a task of its name for each further coroutine."""
        self.guard(**{f"worker-{number}": self._work() for number in range(workers)}, **others)

    def guard(self, **coroutines: Coroutine[Any, Any, None]) -> None:
        """Start a task of its name for each coroutine; one that ends by an error breaks the controller."""
        for name, coroutine in coroutines.items():
            task = asyncio.create_task(coroutine, name=name)
            task.add_done_callback(self._ended)
            self._tasks.append(task)

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
                result = await self._attempt(key)
            finally:
                self.queue.done(key)
            if self._observe is not None:
                self._observe(result, time.perf_counter() - started)

    async def _attempt(self, key: K) -> str:
        """Reconcile one key and decide when it comes again; return the result's name in the metrics."""
        try:
            done = await self._reconcile(key, self._backoff.failures(key))
        except NotYet as error:
            _log.info("trying again soon: %s", error)
            if error.after is not None:
                self.queue.add_after(key, error.after)
                return "requeue_after"
            self.queue.add_rate_limited(key)
            return "requeue"
        except OperatorError as error:
            _log.warning("reconcile failed %s=%s: %s", self._noun, key, error)
            self.queue.add_rate_limited(key)
            return "error"
        except Exception:  # noqa: BLE001 (edge of the worker: one broken object must not stop the others)
            _log.exception("reconcile failed %s=%s", self._noun, key)
            self.queue.add_rate_limited(key)
            return "error"
        self.queue.forget(key)
        if done.again_in is None:
            return "success"
        self.queue.add_after(key, done.again_in)
        return "requeue_after"
