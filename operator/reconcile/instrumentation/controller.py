"""The Instrumentation controller: takes in events of Instrumentations and pods and has them worked on. Free of Kopf."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Sequence

import aiohttp

from otel_operator.errors import ApiError, NotFound
from otel_operator.json_types import JsonObject
from otel_operator.kinds import INSTRUMENTATION, POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.events import Recorder
from otel_operator.kube.reflector import Reflector
from otel_operator.kube.retry import RetryPolicy
from otel_operator.kube.subscription import Subscription
from otel_operator.reconcile.cache import version_of
from otel_operator.reconcile.instrumentation.injected_pods import RUNNING, SELECTOR, InjectedPods
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.missed_pods import MissedPods
from otel_operator.reconcile.instrumentation.restarts import Restarts
from otel_operator.reconcile.ownership import Key
from otel_operator.reconcile.resync import PERIOD
from otel_operator.reconcile.workers import Workers
from otel_operator.settings import Settings

NAME = "instrumentation"
_WORKERS = 4
SETTLE = 3.0
"""Seconds from a pod's news to the status that counts it: a rollout of many pods is a few writes, not one a pod."""
_JITTER = 0.1
_PATIENT = RetryPolicy(attempts=1 << 62, first=1.0, factor=2.0, longest=60.0)
"""For watches whose news only change what is counted."""
_log = logging.getLogger(__name__)


class InstrumentationController:
    """`begin()` has Instrumentations and pods listed and worked on; `stop()` ends all its tasks.

    `observe` is called with result and seconds of every reconcile, `upgraded` with feature and outcome of every image upgrade,
    `restarted` with the reason of every restart of a workload.
    """

    def __init__(
        self,
        client: KubeClient,
        connection: Connection,
        events: Recorder,
        settings: Settings,
        *,
        observe: Callable[[str, float], None] | None = None,
        upgraded: Callable[[str, str], None] = lambda feature, outcome: None,
        restarted: Callable[[str], None] = lambda reason: None,
        resync_period: float = PERIOD,
        start_pause: float = 3.0,
    ) -> None:
        self._client, self._resync_period, self._start_pause = client, resync_period, start_pause
        self._namespaces: Sequence[str | None] = list(settings.watch_namespaces) or [None]
        self.pods = InjectedPods()
        self.instrumentations = Instrumentations(client, self.pods, events, settings.injection, upgraded)
        self._workers: Workers[Key] = Workers(NAME, self.instrumentations.reconcile, observe)
        self.queue = self._workers.queue
        self.missed = MissedPods(
            client,
            self.instrumentations,
            events,
            settings.injection.enabled_languages,
            self._namespaces,
            changed=self.queue.add,
        )
        self._restarts = Restarts(
            client,
            self.instrumentations,
            self.pods,
            events,
            changed=self.queue.add,
            restarted=restarted,
        )
        self._connection = connection
        self._session: aiohttp.ClientSession | None = None
        self.broken = self._workers.broken

    async def served(self) -> bool:
        """Tell whether the API server knows Instrumentations; True as well while it does not answer."""
        try:
            async for _ in self._client.list(INSTRUMENTATION, self._namespaces[0], limit=1):
                break
        except NotFound:
            return False
        except ApiError:
            return True
        return True

    def begin(self) -> None:
        """Start in the background, as soon as the API server lets us list: collectors must not wait for that."""
        self._workers.guard(start=self._start_when_possible())

    async def _start_when_possible(self) -> None:
        while True:
            try:
                return await self.start()
            except ApiError as error:
                _log.warning("cannot list Instrumentations or pods yet: %s", error)
            await asyncio.sleep(self._start_pause)

    async def start(self) -> None:
        """List everything once, then reconcile. Raises ApiError when the lists fail."""
        await self._list()
        self._session = session = self._session or self._connection.session()
        reflectors = [self._reflector(session, namespace) for namespace in self._namespaces]
        for reflector in reflectors:
            await reflector.list()
        _log.info("cache filled instrumentations=%d injected_pods=%d", len(self.instrumentations.known), len(self.pods))
        watches = {f"pods-{number}": reflector.run() for number, reflector in enumerate(reflectors)}
        self._workers.start(_WORKERS, resync=self._resync(), restarts=self._restarts.run(), missed=self.missed.run(), **watches)

    async def stop(self) -> None:
        """End all tasks and close the connections of the watches."""
        await self._workers.stop()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def saw(self, obj: JsonObject, *, deleted: bool) -> None:
        """Take in a watch event of an Instrumentation."""
        if key := self.instrumentations.observe(obj, deleted=deleted):
            self.missed.consider(key)
            self.queue.add(key)

    def _reflector(self, session: aiohttp.ClientSession, namespace: str | None) -> Reflector[Subscription]:
        pods = Subscription(
            POD,
            listed=lambda existing: self._settle(self.pods.keep_only(existing, namespace)),
            changed=lambda pod, deleted: self._settle(self.pods.observe(pod, deleted=deleted)),
        )
        return Reflector(self._client, session, self._connection, pods, _PATIENT, namespace, labels=SELECTOR, fields=RUNNING)

    def _settle(self, affected: Iterable[Key]) -> None:
        for key in affected:
            for each in (
                [key] if key.name else [known for known in self.instrumentations.known if known.namespace == key.namespace]
            ):
                if each in self.instrumentations.known:
                    self.queue.add_after(each, SETTLE)

    async def _list(self) -> None:
        before = {key: version_of({"metadata": known.metadata}) for key, known in self.instrumentations.known.items()}
        for namespace in self._namespaces:
            async for obj in self._client.list(INSTRUMENTATION, namespace):
                key = self.instrumentations.observe(obj)
                before.pop(Key(obj["metadata"]["namespace"], obj["metadata"]["name"]), None)
                if key:
                    self.queue.add(key)
        for key, version in before.items():
            known = self.instrumentations.known.get(key)
            # Only what has not changed since the list began is gone for certain.
            if known is not None and version_of({"metadata": known.metadata}) == version:
                self.instrumentations.forget(key)

    async def _resync(self) -> None:
        """List Instrumentations again now and then: Kopf loses deletions that happen while a watch is broken."""
        while True:
            await asyncio.sleep(self._resync_period * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 (spread)
            try:
                await self._list()
            except ApiError as error:
                _log.warning("resync of instrumentations not complete: %s", error)
