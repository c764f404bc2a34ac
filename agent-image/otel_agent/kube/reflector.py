"""Keeps a copy of the objects behind one path: a list, then a watch, again from where it stopped."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import Any

from otel_agent.kube.client import KubeClient, KubeError

Key = tuple[str, str]
"""Namespace (empty for cluster-wide kinds) and name."""
Object = Any
OnChange = Callable[[Key, Object | None, Object | None], None]
"""`on_change(key, new, old)`; new is None for what was deleted, old for what was not there."""

LONGEST_PAUSE = 30.0
_COMPLAIN_SECONDS = 60.0
_SHORT_WATCH = 1.0
_GONE = 410


class Reflector:
    """One kind in one namespace, or in all. After `start` it works by itself; failures are logged, and tried again."""

    def __init__(
        self,
        client: KubeClient,
        path: str,
        *,
        logger: logging.Logger,
        on_change: OnChange | None = None,
        label_selector: str = "",
        field_selector: str = "",
        slim: Callable[[dict[str, Any]], Object] = lambda found: found,
    ) -> None:
        """`slim` makes of an object what is kept of it: most of a pod is of no use to most, and there are many."""
        self._client = client
        self._path = path
        self._logger = logger
        self._on_change = on_change
        selectors = {"labelSelector": label_selector, "fieldSelector": field_selector}
        self._selectors: dict[str, str | int] = {name: value for name, value in selectors.items() if value}
        self._slim = slim
        self.objects: dict[Key, Object] = {}
        self._listed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._complained = -_COMPLAIN_SECONDS

    async def start(self) -> None:
        """Begin; does not wait for the API server."""
        self._task = asyncio.create_task(self._run(), name=f"reflect {self._path}")

    async def synced(self, seconds: float) -> bool:
        """Wait for the first list; whether it came in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._listed.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """End. Idempotent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        version, failures = "", 0
        while True:
            try:
                if not version:
                    version = await self._list()
                began = time.monotonic()
                version = await self._follow(version)
                failures = 0
                if time.monotonic() - began < _SHORT_WATCH:
                    await asyncio.sleep(_SHORT_WATCH)  # something between us and the API server ends each at once
            except KubeError as error:
                if error.status == _GONE:
                    version = ""  # what we have is too old to go on from
                else:
                    self._complain(error)
                failures += 1
                pause = min(LONGEST_PAUSE, 0.25 * 2 ** min(failures, 10)) * random.uniform(0.5, 1)  # noqa: S311 # spreads load
                await asyncio.sleep(max(pause, min(error.retry_after or 0, LONGEST_PAUSE)))

    async def _list(self) -> str:
        found, version = await self._client.list(self._path, **self._selectors)
        fresh = {_key(one): one for one in found}
        for key in [key for key in self.objects if key not in fresh]:
            self._forget(key)
        for key, one in fresh.items():
            self._keep(key, one)
        self._listed.set()
        return version

    async def _follow(self, version: str) -> str:
        """Take events until the watch ends; the version to go on from."""
        async for event in self._client.watch(self._path, resourceVersion=version, **self._selectors):
            kind, found = event.get("type"), event.get("object") or {}
            if kind == "ERROR":
                raise KubeError(f"watch of {self._path}: {found.get('message', '')}", int(found.get("code", 0)))
            version = str((found.get("metadata") or {}).get("resourceVersion", version))
            if kind in ("ADDED", "MODIFIED"):
                self._keep(_key(found), found)
            elif kind == "DELETED":
                self._forget(_key(found))
        return version

    def _keep(self, key: Key, found: dict[str, Any]) -> None:
        new, old = self._slim(found), self.objects.get(key)
        self.objects[key] = new
        if self._on_change is not None and new != old:
            self._on_change(key, new, old)

    def _forget(self, key: Key) -> None:
        old = self.objects.pop(key, None)
        if self._on_change is not None and old is not None:
            self._on_change(key, None, old)

    def _complain(self, error: KubeError) -> None:
        now = time.monotonic()
        if now - self._complained >= _COMPLAIN_SECONDS:
            self._complained = now
            remedy = "grant get, list and watch to the service account" if error.status == 403 else ""
            extra = {"error": str(error)} | ({"remedy": remedy} if remedy else {})
            self._logger.warning("Objects of Kubernetes cannot be watched, trying again", extra=extra)


def _key(found: dict[str, Any]) -> Key:
    metadata = found.get("metadata") or {}
    return metadata.get("namespace", ""), metadata.get("name", "")
