"""The Instrumentation controller: watches Instrumentations and recorded pods and has them worked on. Free of Kopf.

It begins where the kind is not served as well, and looks after Instrumentations once their CRD is applied.
"""

import asyncio
import logging
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
from otel_operator.reconcile.instrumentation.injected_pods import RUNNING, SELECTOR, InjectedPods
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.missed_pods import MissedPods
from otel_operator.reconcile.instrumentation.restarts import Restarts
from otel_operator.reconcile.ownership import Key
from otel_operator.reconcile.workers import Workers
from otel_operator.settings import Settings

NAME = "instrumentation"
_WORKERS = 4
SETTLE = 3.0
"""Seconds from a pod's news to the status that counts it: a rollout of many pods is a few writes, not one a pod."""
_PATIENT = RetryPolicy(attempts=1 << 62, first=1.0, factor=2.0, longest=15.0)
_MORE_PATIENT = RetryPolicy(attempts=1 << 62, first=1.0, factor=2.0, longest=60.0)
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
        start_pause: float = 3.0,
        crd_pause: float = 15.0,
    ) -> None:
        self._client, self._start_pause, self._crd_pause = client, start_pause, crd_pause
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

    def begin(self) -> None:
        """Start in the background, as soon as there are Instrumentations and we may list: collectors must not wait for that."""
        self._workers.guard(start=self._start_when_possible())

    async def _start_when_possible(self) -> None:
        absent = False
        while True:
            try:
                return await self.start()
            except NotFound:
                if not absent:
                    _log.warning(
                        "the API server does not serve %s %s: apply crds/, or set enable-instrumentation-crds to false; "
                        "they are looked after as soon as it does",
                        INSTRUMENTATION.api_version,
                        INSTRUMENTATION.plural,
                    )
                absent = True
            except ApiError as error:
                _log.warning("cannot list Instrumentations or pods yet: %s", error)
            await asyncio.sleep(self._crd_pause if absent else self._start_pause)

    async def start(self) -> None:
        """List everything once, then reconcile. Raises ApiError when the lists fail, NotFound where the kind is not served."""
        self._session = session = self._session or self._connection.session()
        resources = [self._of_instrumentations(session, namespace) for namespace in self._namespaces]
        pods = [self._of_pods(session, namespace) for namespace in self._namespaces]
        for reflector in (*resources, *pods):
            await reflector.list()
        _log.info("cache filled instrumentations=%d injected_pods=%d", len(self.instrumentations.known), len(self.pods))
        watches = {f"instrumentations-{number}": reflector.run() for number, reflector in enumerate(resources)}
        watches |= {f"pods-{number}": reflector.run() for number, reflector in enumerate(pods)}
        self._workers.start(_WORKERS, restarts=self._restarts.run(), missed=self.missed.run(), **watches)

    async def stop(self) -> None:
        """End all tasks and close the connections of the watches."""
        await self._workers.stop()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _of_instrumentations(self, session: aiohttp.ClientSession, namespace: str | None) -> Reflector[Subscription]:
        resources = Subscription(
            INSTRUMENTATION,
            listed=lambda existing: self.instrumentations.keep_only(existing, namespace),
            changed=lambda obj, deleted: self._saw(obj, deleted=deleted),
            metadata_only=False,
        )
        return Reflector(self._client, session, self._connection, resources, _PATIENT, namespace)

    def _saw(self, obj: JsonObject, *, deleted: bool) -> None:
        if key := self.instrumentations.observe(obj, deleted=deleted):
            self.missed.consider(key)
            self.queue.add(key)

    def _of_pods(self, session: aiohttp.ClientSession, namespace: str | None) -> Reflector[Subscription]:
        pods = Subscription(
            POD,
            listed=lambda existing: self._settle(self.pods.keep_only(existing, namespace)),
            changed=lambda pod, deleted: self._settle(self.pods.observe(pod, deleted=deleted)),
        )
        return Reflector(self._client, session, self._connection, pods, _MORE_PATIENT, namespace, labels=SELECTOR, fields=RUNNING)

    def _settle(self, affected: Iterable[Key]) -> None:
        for key in affected:
            for each in (
                [key] if key.name else [known for known in self.instrumentations.known if known.namespace == key.namespace]
            ):
                if each in self.instrumentations.known:
                    self.queue.add_after(each, SETTLE)
