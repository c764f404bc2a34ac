"""Keeps a view of all objects of a kind up to date: one list, then watches, each from where the last one ended."""

import asyncio
import logging
import random
from dataclasses import dataclass
from typing import Generic, TypeVar

import aiohttp

from otel_operator.errors import ApiError, NotFound
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.retry import NO_ANSWER, RetryPolicy
from otel_operator.kube.view import View
from otel_operator.kube.watch import watch

T = TypeVar("T")
_FOR_EVER = RetryPolicy(attempts=1 << 62, first=0.5, factor=2.0, longest=5.0)
"""Soon after an API server is back decisions should rest on news again; a request every few seconds costs it nothing."""
_MOST_FAILURES = 8
"""After which the pause is at its longest."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reflector(Generic[T]):
    """`run()` keeps `view` until it is cancelled. A server that is away leaves the view as it was last seen."""

    client: KubeClient
    session: aiohttp.ClientSession
    connection: Connection
    view: View[T]
    retry: RetryPolicy = _FOR_EVER
    failures: int = 0
    """Requests that failed so far, lists and watches."""

    async def run(self) -> None:
        """List, then watch; list again only when the server says that changes were lost."""
        version, attempt = "", 0
        while True:
            try:
                version = version or await self._list()
                version, heard = await self._follow(version)
                # A watch that ends without a word may be a proxy's doing: no rush then.
                attempt = 0 if heard else min(attempt + 1, _MOST_FAILURES)
            except _Broken as broken:
                attempt = 1 if broken.heard else min(attempt + 1, _MOST_FAILURES)
                version = broken.version if broken.error.status == NO_ANSWER else ""
                self._failed(broken.error)
            except ApiError as error:
                attempt, version = min(attempt + 1, _MOST_FAILURES), ""
                self._failed(error)
                if isinstance(error, NotFound):
                    # The kind is not served, so there are none: whoever asks gets that answer.
                    self.view.replace(self.view.empty())
            if attempt:
                pause = self.retry.delay(attempt, NO_ANSWER, None, random.random())  # noqa: S311 (spread, not a secret)
                await asyncio.sleep(pause or 0.0)

    async def _list(self) -> str:
        fresh, version = self.view.empty(), ""
        async for page in self.client.pages(self.view.kind, metadata_only=self.view.metadata_only):
            for item in page.items:
                fresh.put(item)
            version = page.version
        self.view.replace(fresh)
        _log.info("listed kind=%s objects=%d", self.view.kind.plural, len(fresh))
        return version

    async def _follow(self, version: str) -> tuple[str, bool]:
        """Watch until the server ends it; return the last version seen and whether anything was said."""
        view, heard = self.view, False
        try:
            async for event in watch(self.session, self.connection, view.kind, version, metadata_only=view.metadata_only):
                obj, heard = event["object"], True
                version = str(obj["metadata"].get("resourceVersion") or version)
                if event["type"] in ("ADDED", "MODIFIED"):
                    view.put(obj)
                elif event["type"] == "DELETED":
                    view.drop(obj)
        except ApiError as error:
            raise _Broken(error, version, heard=heard) from error
        return version, heard

    def _failed(self, error: ApiError) -> None:
        self.failures += 1
        _log.warning("view of %s not kept up to date, trying again: %s", self.view.kind.plural, error)


class _Broken(Exception):
    """A watch that ended by an error, with the last version it had brought."""

    def __init__(self, error: ApiError, version: str, *, heard: bool) -> None:
        super().__init__(str(error))
        self.error, self.version, self.heard = error, version, heard
