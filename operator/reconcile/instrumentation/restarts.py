"""Restarts workloads whose pods have an older injection, or missed theirs, for Instrumentations that ask for it.

Nothing is looked at while no Instrumentation asks, or outside its maintenance windows. The decisions are in `rollout`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from otel_operator.errors import ApiError, Conflict, NotFound
from otel_operator.inject.instrumentation.guard import is_instrumented
from otel_operator.json_types import JsonObject
from otel_operator.kinds import DAEMONSET, DEPLOYMENT, DISRUPTION_BUDGET, POD, STATEFULSET
from otel_operator.kube.client import KubeClient
from otel_operator.kube.events import Recorder
from otel_operator.reconcile.instrumentation import rollout
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPods, WorkloadKey
from otel_operator.reconcile.instrumentation.loop import Instrumentations
from otel_operator.reconcile.instrumentation.rollout import Due
from otel_operator.reconcile.ownership import Key
from otel_operator.reconcile.workload import workload_of

PERIOD = 20.0
_MOST_LOOKED_AT = 20
"""Workloads of a namespace that are fetched to choose one."""
_MOST_TOLD = 3
_LONGEST_ROLLOUT = timedelta(minutes=10)
"""After which a workload that has not settled is told; Deployments count as stalled after as long."""
_KINDS = {kind.kind: kind for kind in (DEPLOYMENT, DAEMONSET, STATEFULSET)}
_log = logging.getLogger(__name__)


class Restarts:
    """`run()` is the task. `restarted` is called with the reason of each restart; `changed` with a key whose status has news."""

    def __init__(
        self,
        client: KubeClient,
        instrumentations: Instrumentations,
        pods: InjectedPods,
        events: Recorder,
        *,
        changed: Callable[[Key], None],
        restarted: Callable[[str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client, self._instrumentations, self._pods, self._events = client, instrumentations, pods, events
        self._changed, self._restarted, self._now = changed, restarted, now
        self._last: dict[Key, datetime] = {}
        self._under_way: dict[str, tuple[WorkloadKey, datetime]] = {}
        """By namespace, the workload that was restarted last, until it has settled."""

    async def run(self, period: float = PERIOD) -> None:
        """Restart what is due, now and then, for ever."""
        while True:
            await asyncio.sleep(period)
            await self.once()

    async def once(self) -> None:
        """Look at all Instrumentations that ask for restarts, once; at most one workload of a namespace is restarted.

        Where the API server refuses a look, that Instrumentation waits for the next round.
        """
        asking = {key for key, known in self._instrumentations.known.items() if known.policy}
        for key in self._last.keys() | self._instrumentations.held.keys():
            if key not in asking:
                self._last.pop(key, None)
                self._hold(key, "")
        now = self._now()
        touched: set[str] = set()
        for key in sorted(asking):
            known = self._instrumentations.known.get(key)
            if known is not None and known.policy is not None and known.policy.open_at(now):
                last = self._last.get(key)
                if last is not None and now - last < known.policy.interval:
                    continue
                try:
                    await self._serve(key, touched)
                except ApiError as error:
                    _log.warning("workloads of instrumentation %s were not looked at for restarts: %s", key, error)

    async def _serve(self, key: Key, touched: set[str]) -> None:
        """Restart at most one workload for an Instrumentation, in a namespace where nothing else is under way."""
        held: list[str] = []
        for namespace, due in sorted(self._due(key).items()):
            if namespace in touched:
                continue
            if (waiting := await self._waiting(namespace)) is not None:
                held.extend([waiting] if waiting else [])
                continue
            looked_at = due[:_MOST_LOOKED_AT]
            live = await self._live(looked_at)
            budgets = [budget async for budget in self._client.list(DISRUPTION_BUDGET, namespace)]
            decision = rollout.decide(looked_at, live, budgets, self._now())
            held.extend(obstacle.message for _, obstacle in decision.obstacles if not obstacle.passing)
            chosen = decision.restart
            if chosen is not None and await self._restart(key, chosen, live[chosen.workload]):
                touched.add(namespace)
                break
        more = f"; and {len(held) - _MOST_TOLD} more" if len(held) > _MOST_TOLD else ""
        self._hold(key, "; ".join(held[:_MOST_TOLD]) + more)

    def _due(self, key: Key) -> dict[str, list[Due]]:
        """Return what is due for an Instrumentation, by namespace."""
        known = self._instrumentations.known[key]
        by_namespace: dict[str, dict[WorkloadKey, Due]] = {}
        for due in rollout.outdated(key, known, self._pods.of(key)):
            by_namespace.setdefault(due.workload.namespace, {})[due.workload] = due
        for due in rollout.due_for_missing(key, known, self._instrumentations.missed.get(key, ())):
            by_namespace.setdefault(due.workload.namespace, {}).setdefault(due.workload, due)
        return {namespace: list(found.values()) for namespace, found in by_namespace.items()}

    async def _waiting(self, namespace: str) -> str | None:
        """Tell what a namespace waits for, "" for what will pass; None when the workload that was restarted last has settled."""
        if namespace not in self._under_way:
            return None
        workload, since = self._under_way[namespace]
        live = await self._client.find(_KINDS[workload.kind], namespace, workload.name)
        counts = workload_of(live) if live else None
        if counts is None or counts.settled:
            del self._under_way[namespace]
            return None
        if self._now() - since < _LONGEST_ROLLOUT:
            return ""
        return f"{workload} was restarted and has not become ready since; see its pods"

    async def _live(self, due: Iterable[Due]) -> dict[WorkloadKey, JsonObject]:
        """Fetch workloads; those that are gone, or whose pods somebody else has injected, are left out."""
        live = {}
        for item in due:
            workload = item.workload
            if item.sample:
                pod = await self._client.find(POD, workload.namespace, item.sample)
                if pod is None or is_instrumented(pod):
                    continue
            found = await self._client.find(_KINDS[workload.kind], workload.namespace, workload.name)
            if found is not None:
                live[workload] = found
        return live

    async def _restart(self, key: Key, due: Due, live: JsonObject) -> bool:
        workload = due.workload
        patch = rollout.restart_patch(live, due, self._now())
        try:
            await self._client.merge_patch(_KINDS[workload.kind], workload.namespace, workload.name, patch)
        except (NotFound, Conflict):
            return False  # it has changed since; the next round sees what it is then
        self._last[key] = self._now()
        self._under_way[workload.namespace] = (workload, self._now())
        lack = "have an older injection" if due.reason == "Outdated" else "missed the injection"
        note = f"Restarted: {due.pods} of its pods {lack} of Instrumentation {key}"
        self._events.record(live, "Normal", "InjectionRestart", note, "Restart")
        self._restarted(due.reason)
        _log.info("restarted workload=%r reason=%s pods=%d instrumentation=%s", str(workload), due.reason, due.pods, key)
        return True

    def _hold(self, key: Key, message: str) -> None:
        held = self._instrumentations.held
        if held.get(key, "") == message:
            return
        if message:
            held[key] = message
            _log.warning("restarts held instrumentation=%s: %s", key, message)
        else:
            held.pop(key, None)
        self._changed(key)
