"""Keeps a copy of the objects of one resource: a list, then a watch, again from where it stopped."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from logging import Logger
from typing import Any

from otel_agent.kube.client import KubeClient
from otel_agent.kube.errors import KubeError
from otel_agent.kube.resources import Resource

Key = tuple[str, str]
"""Namespace (empty for cluster-wide kinds) and name."""
Object = Any
OnChange = Callable[[Key, Object | None, Object | None], None]
"""`on_change(key, new, old)`; new is None for what was deleted, old for what was not there."""
OnFailure = Callable[[KubeError], None]

MAX_OBJECTS = 500_000
"""Kept of one resource, several times what the largest clusters have; others are left out, and that is told."""
LONGEST_PAUSE = 30.0
_FIRST_PAUSE = 0.5
_SHORT_WATCH = 1.0
_GONE, _TOO_MANY_REQUESTS, _FORBIDDEN = 410, 429, 403
_UNFIT = (ValueError, LookupError, TypeError, AttributeError)
"""What `slim` raises for an object that is not as its kind should be."""


class Reflector:
    """One resource. `run` it until cancelled, or `start` and `stop` it; failures are told, and tried again."""

    def __init__(
        self,
        client: KubeClient,
        resource: Resource,
        *,
        on_failure: OnFailure,
        on_change: OnChange | None = None,
        slim: Callable[[dict[str, Any]], Object] = lambda found: found,
    ) -> None:
        """`slim` makes of an object what is kept of it: most of a pod is of no use to most, and there are many.

        Of an object that it refuses (ValueError, KeyError, …), what was known before stays, and that is told as a failure.
        All objects of a list are there before `on_change` is called for the first of them.
        """
        self._client = client
        self._resource = resource
        self._on_failure = on_failure
        self._on_change = on_change
        self._slim = slim
        self.objects: dict[Key, Object] = {}
        self._version = ""
        self._listed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, logger: Logger) -> None:
        """Begin, without waiting for the API server; `logger` hears of a fault of ours, after which it begins again."""
        self._task = asyncio.create_task(self._run_again(logger), name=f"reflect {self._resource.path}")

    async def stop(self) -> None:
        """End. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def synced(self, seconds: float | None = None) -> bool:
        """Wait for the first list; whether it came in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._listed.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """List and watch until cancelled."""
        failures, now = 0, asyncio.get_running_loop().time
        while True:
            began = now()
            try:
                if not self._version:
                    self._version = await self._list()
                await self._follow()
                failures = 0
                # something between us and the API server may end each watch at once
                pause = began + _SHORT_WATCH - now()
            except KubeError as error:
                if not (error.lost or error.status == _TOO_MANY_REQUESTS):
                    self._version = ""  # too old to go on from, or not to be trusted: an object may have been missed
                if error.status != _GONE:
                    self._tell(error)
                failures = 1 if now() - began >= LONGEST_PAUSE else failures + 1
                pause = pause_after(failures, error.retry_after)
            await asyncio.sleep(max(pause, 0))

    async def _run_again(self, logger: Logger) -> None:
        while True:
            try:
                await self.run()
            except Exception:
                extra = {"path": self._resource.path, "seconds": LONGEST_PAUSE}
                logger.exception("Watching objects of Kubernetes has failed and begins again", extra=extra)
                self._version = ""
                await asyncio.sleep(LONGEST_PAUSE)

    async def _list(self) -> str:
        fresh: dict[Key, Object] = {}
        metadata: Mapping[str, Any] = {}
        async with aclosing(self._client.pages(self._resource.path, self._resource.parameters)) as pages:
            async for page in pages:
                metadata = _metadata(page)
                if not self._take(page.get("items") or (), fresh):
                    break
        before, self.objects = self.objects, fresh
        if self._on_change is not None:
            for key in before:
                if key not in fresh:
                    self._on_change(key, None, before[key])
            for key, new in fresh.items():
                if new != (old := before.get(key)):
                    self._on_change(key, new, old)
        self._listed.set()
        return str(metadata.get("resourceVersion", ""))

    def _take(self, items: Iterable[Any], fresh: dict[Key, Object]) -> bool:
        """Add what is kept of the objects; whether there is room for more."""
        for found in items:
            if len(fresh) >= MAX_OBJECTS:
                self._tell(KubeError(self._resource.path, _too_many()))
                return False
            if (kept := self._read(found)) is not None:
                fresh[kept[0]] = kept[1]
        return True

    async def _follow(self) -> None:
        """Take events until the watch ends."""
        resource = self._resource
        async with aclosing(self._client.watch(resource.path, self._version, resource.parameters)) as events:
            async for event in events:
                kind, found = event.get("type"), event["object"]
                if kind == "ERROR":
                    reason = f"the watch failed: {found.get('message', 'no reason given')}"
                    code = found.get("code")
                    raise KubeError(resource.path, reason, status=code if isinstance(code, int) else 0)
                if kind in ("ADDED", "MODIFIED"):
                    self._keep(found)
                elif kind == "DELETED":
                    self._forget(found)
                self._version = str(_metadata(found).get("resourceVersion") or self._version)

    def _read(self, found: Any) -> tuple[Key, Object] | None:
        """Return what is kept of an object; None for one that was never fit."""
        key: Key = ("", "")
        try:
            key = key_of(found)
            return key, self._slim(found)
        except _UNFIT as error:
            reason = f"{'/'.join(key)}: {error or type(error).__name__}"
            self._tell(KubeError(self._resource.path, reason))
            return (key, self.objects[key]) if key in self.objects else None

    def _keep(self, found: Any) -> None:
        if (kept := self._read(found)) is None:
            return
        key, new = kept
        old = self.objects.get(key)
        if old is None and len(self.objects) >= MAX_OBJECTS:
            self._tell(KubeError(self._resource.path, _too_many()))
            return
        self.objects[key] = new
        if self._on_change is not None and new != old:
            self._on_change(key, new, old)

    def _forget(self, found: Any) -> None:
        try:
            key = key_of(found)
        except _UNFIT as error:
            raise KubeError(self._resource.path, f"an object was deleted that has no name: {error}") from error
        old = self.objects.pop(key, None)
        if self._on_change is not None and old is not None:
            self._on_change(key, None, old)

    def _tell(self, error: KubeError) -> None:
        if error.status == _FORBIDDEN:
            error.remedy = f"allow the collector's ServiceAccount to get, list and watch {self._resource.plural}"
        self._on_failure(error)


def key_of(found: Mapping[str, Any]) -> Key:
    """Return namespace and name of an object; KeyError and the like for something else."""
    metadata = found["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _metadata(found: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = found.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def pause_after(failures: int, retry_after: float | None = None) -> float:
    """Return seconds to wait after so many failures in a row: at random, so that agents do not all come back at once."""
    longest = min(LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
    pause = longest * random.uniform(0.5, 1)  # noqa: S311 -- spreads load, protects nothing
    return max(pause, min(retry_after or 0, LONGEST_PAUSE))


def _too_many() -> str:
    return f"more than {MAX_OBJECTS} objects, not all are kept; ask for fewer by namespace or selector"
