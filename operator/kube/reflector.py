"""Keeps a store of objects of a kind up to date: one list, then watches, each from where the last one ended."""

import asyncio
import logging
import random
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

import aiohttp

from otel_operator.errors import ApiError, NotFound
from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.kube.client import KubeClient, selection
from otel_operator.kube.connection import Connection
from otel_operator.kube.retry import NO_ANSWER, RetryPolicy
from otel_operator.kube.watch import watch

_FOR_EVER = RetryPolicy(attempts=1 << 62, first=0.5, factor=2.0, longest=5.0)
"""Soon after an API server is back decisions should rest on news again; a request every few seconds costs it nothing."""
_MOST_FAILURES = 8
"""After which the pause is at its longest."""
_UNCONVERTED = "conversion webhook for "
"""How the API server begins its message where it could not read objects that are stored in another version."""
_log = logging.getLogger(__name__)


class Store(Protocol):
    """What is kept up to date: a view, or a subscription that hands on."""

    @property
    def kind(self) -> Kind:
        """Of the objects."""

    @property
    def metadata_only(self) -> bool:
        """Whether objects may come without their content, which costs a tenth of whole ones to send and to parse."""

    def __len__(self) -> int: ...

    def put(self, obj: JsonObject) -> None:
        """Take in an object that is new or has changed."""

    def drop(self, obj: JsonObject) -> None:
        """Take in that an object was deleted, or is not selected any more."""

    def empty(self) -> Self:
        """Return a store to be filled by a list."""

    def replace(self, other: Self) -> None:
        """Take over the content of a list that is complete; what it does not show is gone."""


S = TypeVar("S", bound=Store)


@dataclass(slots=True)
class Reflector(Generic[S]):
    """`run()` keeps `view` until it is cancelled. A server that is away leaves the view as it was last seen.

    `namespace` (None: all), `labels` and `fields` select what is seen.
    """

    client: KubeClient
    session: aiohttp.ClientSession
    connection: Connection
    view: S
    retry: RetryPolicy = _FOR_EVER
    namespace: str | None = None
    labels: str = ""
    fields: str = ""
    failures: int = 0
    """Requests that failed so far, lists and watches."""
    absent: bool = False
    """Whether the API server said last that it does not serve the kind."""
    version: str = ""
    """Where the next watch begins; empty before a list."""
    unconverted: bool = False
    """Whether a request has failed so far because the objects' conversion webhook did not answer."""

    async def run(self) -> None:
        """List unless that has been done, then watch; list again only when the server says that changes were lost."""
        attempt = 0
        while True:
            try:
                if not self.version:
                    await self.list()
                heard = await self._follow()
                # A watch that ends without a word may be a proxy's doing: no rush then.
                attempt = 0 if heard else min(attempt + 1, _MOST_FAILURES)
            except _Broken as broken:
                attempt = 1 if broken.heard else min(attempt + 1, _MOST_FAILURES)
                if broken.error.status != NO_ANSWER:
                    self.version = ""
                self._failed(broken.error)
            except ApiError as error:
                attempt = min(attempt + 1, _MOST_FAILURES)
                if isinstance(error, NotFound):
                    self._not_served()
                else:
                    self._failed(error)
            if attempt:
                pause = self.retry.delay(attempt, NO_ANSWER, None, random.random())  # noqa: S311 (spread, not a secret)
                await asyncio.sleep(pause or 0.0)

    async def list(self) -> None:
        """List everything once, a page at a time in memory. Raises ApiError."""
        view, query, version = self.view, selection(self.labels, self.fields), ""
        fresh = view.empty()
        async for page in self.client.pages(view.kind, self.namespace, query, metadata_only=view.metadata_only):
            for item in page.items:
                fresh.put(item)
            version = page.version
        view.replace(fresh)
        self.version, self.absent = version, False
        _log.info("listed kind=%s objects=%d", view.kind.plural, len(fresh))

    async def _follow(self) -> bool:
        """Watch until the server ends it; tell whether anything was said."""
        view, heard = self.view, False
        events = watch(
            self.session,
            self.connection,
            view.kind,
            self.version,
            namespace=self.namespace,
            labels=self.labels,
            fields=self.fields,
            metadata_only=view.metadata_only,
        )
        try:
            async for event in events:
                obj, heard = event["object"], True
                self.version = str(obj["metadata"].get("resourceVersion") or self.version)
                if event["type"] in ("ADDED", "MODIFIED"):
                    view.put(obj)
                elif event["type"] == "DELETED":
                    view.drop(obj)
        except ApiError as error:
            raise _Broken(error, heard=heard) from error
        return heard

    def _not_served(self) -> None:
        """Show that there are none, for whoever asks, until the kind's CRD is applied."""
        self.failures += 1
        self.view.replace(self.view.empty())
        if not self.absent:
            _log.warning("%s is not served: looked for again and again until its CRD is applied", self.view.kind.plural)
        self.absent = True

    def _failed(self, error: ApiError) -> None:
        self.failures += 1
        self.unconverted = self.unconverted or error.message.startswith(_UNCONVERTED)
        _log.warning("view of %s not kept up to date, trying again: %s", self.view.kind.plural, error)


class _Broken(Exception):
    """A watch that ended by an error, after or before it had said anything."""

    def __init__(self, error: ApiError, *, heard: bool) -> None:
        super().__init__(str(error))
        self.error, self.heard = error, heard
