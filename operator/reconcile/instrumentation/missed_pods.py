"""Looks for pods that ask for an Instrumentation and run without: the webhook was away, or they are older than it.

Such pods carry no label that tells them, so they are not watched but listed, metadata only, and seldom. What it costs is bounded
whatever the cluster's size: a page of 250 pods a second, and four times as long a rest as the look took. Nothing is listed while
there are no Instrumentations. Pods that another operator has injected are told apart by their spec, read once a controller.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from otel_operator.errors import ApiError
from otel_operator.inject.instrumentation.guard import is_instrumented
from otel_operator.kinds import DEPLOYMENT, NAMESPACE, POD
from otel_operator.kube.client import KubeClient, selection
from otel_operator.kube.events import Recorder
from otel_operator.reconcile.instrumentation.injected_pods import RUNNING, SELECTOR, WorkloadKey
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.missed import Missed, Suspect, Suspects, by_instrumentation, note
from otel_operator.reconcile.ownership import Key

PERIOD = 60.0
"""Least seconds between two looks, but for news of an Instrumentation that the last one did not know."""
PAGE_PAUSE = 1.0
REST = 4.0
"""Times the duration of a look."""
WITHOUT = f"{SELECTOR}!=true"
"""Label selector of pods that we injected nothing into: those without the label, and those that were refused."""
_SETTLE = 3.0
"""Seconds for which more news may come."""
_MOST_PODS = 50_000
"""A list by pages is good for the five minutes that the API server keeps what it began with."""
_MOST_NAMESPACES = 2000
_MOST_READ = 500
"""Pods whose spec is read in one look; the others' turn comes in the next."""
_MOST_TOLD = 100
_log = logging.getLogger(__name__)


class MissedPods:
    """`run()` is the task. It fills `instrumentations.missed`; `changed` is called with each key whose status that is news to."""

    def __init__(
        self,
        client: KubeClient,
        instrumentations: Instrumentations,
        events: Recorder,
        enabled: Iterable[str],
        namespaces: Sequence[str | None],
        *,
        changed: Callable[[Key], None],
        pause: float = PAGE_PAUSE,
    ) -> None:
        self._client, self._instrumentations, self._events = client, instrumentations, events
        self._enabled, self._namespaces, self._changed, self._pause = frozenset(enabled), namespaces, changed, pause
        self._confirmed: dict[str | None, list[Suspect]] = {}
        self._verdicts: dict[str, bool] = {}
        """By uid of a pod that was read, whether it runs without any injection; containers are for a pod's life."""
        self._turns = 0
        """Specs of pods that the present look may still read."""
        self._told: set[tuple[Key, WorkloadKey]] = set()
        self._looked_for: frozenset[Key] = frozenset()
        self._sooner = asyncio.Event()
        self.left_out = 0
        """Pods that the last look had no room or no turn for."""

    def __len__(self) -> int:
        return sum(missed.pods for of_key in self._instrumentations.missed.values() for missed in of_key)

    def consider(self, key: Key) -> None:
        """Look before the period is over if `key` is an Instrumentation that no look has known."""
        if key not in self._looked_for:
            self._sooner.set()

    async def run(self, period: float = PERIOD) -> None:
        """Look now and then, for ever."""
        while True:
            started = time.monotonic()
            await self.look()
            await asyncio.sleep(REST * (time.monotonic() - started))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(period):
                    await self._sooner.wait()
                    await asyncio.sleep(_SETTLE)

    async def look(self) -> None:
        """Look once. Where the API server refuses, what the last look saw there stays."""
        self._sooner.clear()
        self._looked_for = frozenset(self._instrumentations.known)
        self._turns, left_out, met = _MOST_READ, 0, set[str]()
        if not self._looked_for:
            self._confirmed.clear()
        for namespace in self._namespaces if self._looked_for else ():
            suspects = Suspects(self._looked_for, self._enabled)
            try:
                complete = await self._list(namespace, suspects)
                verdicts = [(suspect, await self._is_without(suspect)) for suspect in suspects]
            except ApiError as error:
                _log.warning("pods that missed their injection were not looked for in %s: %s", namespace or "the cluster", error)
                continue
            self._confirmed[namespace] = [suspect for suspect, without in verdicts if without]
            met.update(suspect.sample_uid for suspect, _ in verdicts)
            left_out += suspects.left_out + sum(without is None for _, without in verdicts) + (not complete)
        self._verdicts = {uid: verdict for uid, verdict in self._verdicts.items() if uid in met}
        if left_out and not self.left_out:
            _log.warning("not all pods could be looked at for a missed injection: at least %d were too many", left_out)
        self.left_out = left_out
        await self._publish(by_instrumentation(chain.from_iterable(self._confirmed.values())))

    async def _list(self, namespace: str | None, suspects: Suspects) -> bool:
        """Take in all pods that have nothing of ours; False when there are more than are looked at."""
        annotations: dict[str, Mapping[str, str]] = {}
        listed = 0
        query = selection(WITHOUT, RUNNING)
        async for page in self._client.pages(POD, namespace, query, metadata_only=True):
            for pod in page.items:
                of = str(pod["metadata"]["namespace"])
                if of not in annotations:
                    annotations[of] = await self._annotations_of(of) if len(annotations) < _MOST_NAMESPACES else {}
                suspects.add(pod, annotations[of])
            listed += len(page.items)
            if listed >= _MOST_PODS:
                return False
            await asyncio.sleep(self._pause)
        return True

    async def _annotations_of(self, namespace: str) -> Mapping[str, str]:
        try:
            live = await self._client.get_metadata(NAMESPACE, None, namespace)
        except ApiError as error:
            # With rights in some namespaces only, what their own annotations ask for is not known.
            _log.debug("annotations of namespace %s are not known: %s", namespace, error)
            return {}
        return live["metadata"].get("annotations") or {}

    async def _is_without(self, suspect: Suspect) -> bool | None:
        """Tell whether nobody has injected these pods, by one of them; None when no more can be read in this look."""
        uid = suspect.sample_uid
        if uid not in self._verdicts:
            if not self._turns:
                return None
            self._turns -= 1
            pod = await self._client.find(POD, suspect.workload.namespace, suspect.sample)
            if pod is None or pod["metadata"].get("uid") != uid:
                return False  # it has gone since
            self._verdicts[uid] = not is_instrumented(pod)
        return self._verdicts[uid]

    async def _publish(self, found: Mapping[Key, tuple[Missed, ...]]) -> None:
        before, self._instrumentations.missed = self._instrumentations.missed, found
        for key in before.keys() | found.keys():
            if _shown(before.get(key, ())) != _shown(found.get(key, ())):
                self._changed(key)
        every = [(key, missed) for key in sorted(found) for missed in found[key]]
        self._told &= {(key, missed.workload) for key, missed in every}
        news = [(key, missed) for key, missed in every if (key, missed.workload) not in self._told]
        if news:
            key, missed = news[0]
            more = f" and {len(news) - 1} other workloads" if len(news) > 1 else ""
            _log.warning("%s%s: %s", missed.workload, more, note(key, missed))
        for key, missed in news[:_MOST_TOLD]:
            await self._tell(key, missed)

    async def _tell(self, key: Key, missed: Missed) -> None:
        """Post the Event on the workload, which `kubectl describe` shows by the uid."""
        workload, regarding = missed.workload, missed.controller
        if workload.kind == DEPLOYMENT.kind != regarding["kind"]:
            try:
                live = await self._client.get_metadata(DEPLOYMENT, workload.namespace, workload.name)
            except ApiError as error:
                _log.warning("no event on %s, whose pods missed their injection: %s", workload, error)
                return
            regarding = {"apiVersion": DEPLOYMENT.api_version, "kind": DEPLOYMENT.kind, "metadata": live["metadata"]}
        self._told.add((key, workload))
        self._events.record(regarding, "Warning", "InjectionMissed", note(key, missed), "Inject")


def _shown(missed: Iterable[Missed]) -> list[tuple[WorkloadKey, tuple[str, ...], int]]:
    return [(one.workload, one.features, one.pods) for one in missed]
