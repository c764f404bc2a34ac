"""Reconciles one collector: plan, apply what differs, prune what is too much, say so in the status.

Level-triggered: what happened does not matter, only what is. A reconcile that finds everything in place writes nothing.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from otel_operator.components.defaulting import default_collector
from otel_operator.components.validation import config_problems
from otel_operator.errors import ConfigError, Conflict, NotFound, OperatorError
from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR
from otel_operator.kube.client import KubeClient
from otel_operator.kube.events import Recorder
from otel_operator.labels import selector_labels
from otel_operator.reconcile import finalizer
from otel_operator.reconcile.announcements import Announcements
from otel_operator.reconcile.apply import Applied, Applier, NotYet
from otel_operator.reconcile.cache import Cache, Child, significant
from otel_operator.reconcile.conditions import Situation
from otel_operator.reconcile.diagnosis import Diagnosis
from otel_operator.reconcile.ownership import ChildKey, Key
from otel_operator.reconcile.pacing import TokenBucket
from otel_operator.reconcile.plan import Plan, Planned, main_workload, planned_objects
from otel_operator.reconcile.prune import config_versions_of, superfluous
from otel_operator.reconcile.status import same, status_of
from otel_operator.reconcile.workers import Done
from otel_operator.reconcile.workload import Workload
from otel_operator.resources.desired import desired
from otel_operator.settings import Settings

DEFAULTS_REASON = "Spec.Service.Telemetry.DefaultsApplied"
_QUIET_TRIES = 6
"""How often in a row `NotYet` is kept from the status: about half a minute with the usual backoff."""
_REPAIRS, _REPAIR_RATE = 20, 1 / 3
"""Repairs of one collector's children at once, and a second on average: no hand is faster, and two programs must not race."""
_log = logging.getLogger(__name__)


class Reconciler:
    """Reconciles collectors of one cluster; safe to call for different keys at a time, never twice for one key."""

    def __init__(
        self,
        client: KubeClient,
        cache: Cache,
        events: Recorder,
        settings: Settings,
        *,
        requeue: Callable[[Key], None],
    ) -> None:
        self._client, self._cache, self._settings = client, cache, settings
        self._requeue = requeue
        self._applier = Applier(client, cache)
        self._diagnosis = Diagnosis(client)
        self._plans: dict[Key, Plan] = {}
        self._told = Announcements(events)
        self._repairs: dict[Key, TokenBucket] = {}

    def forget_plans(self) -> None:
        """Let the next reconcile of each collector look at everything anew."""
        self._plans.clear()

    async def reconcile(self, key: Key, failures: int = 0) -> Done:
        """Bring the cluster to what the collector asks for.

        `failures` counts the tries that failed before. Raises NotYet for a state that passes, OperatorError otherwise;
        the latter is also in the status and an event by then.
        """
        collector = self._cache.collectors.get(key)
        if collector is None:
            self._forget(key)
            return Done()
        if collector["metadata"].get("deletionTimestamp"):
            await finalizer.release(self._client, collector)
            return Done()
        if (collector.get("spec") or {}).get("managementState") == "unmanaged":
            self._forget(key)
            return Done()
        error: OperatorError | None = None
        try:
            if not await self._ensure(key, collector):
                self._requeue(key)
                return Done()
        except NotYet as passing:
            if failures < _QUIET_TRIES:
                raise
            error = passing
        except OperatorError as failure:
            error = failure
            self._told.tell(key, collector, "Warning", "ReconcileError", str(failure))
        done = await self._report(key, collector, str(error) if error else "")
        if error is not None:
            raise error
        return done

    async def _ensure(self, key: Key, collector: JsonObject) -> bool:
        """Plan, apply and prune, unless all that is in place already; False when the collector known here is out of date."""
        token = significant(collector)
        plan = self._plans.get(key)
        if plan is not None and plan.token == token:
            if self._in_place(collector, plan):
                return True
            if plan.complete and not await self._may_repair(key, collector):
                return False
        plan = self._plans[key] = Plan(token)
        planned = self._plan(key, collector, plan)
        if plan.problems:
            return True
        applied = await self._applier.apply(collector["metadata"]["uid"], planned)
        self._take_in(key, collector, plan, planned, applied)
        if applied.failure is not None:
            raise applied.failure
        if too_many := superfluous(self._owned(collector), plan.digests, config_versions_of(collector)):
            # A stale cache must not cost anyone a workload.
            if not await self._is_live(key, collector):
                return False
            await asyncio.gather(*(self._delete(child) for child in too_many))
            _log.info("pruned collector=%s deleted=%s", key, [str(child) for child in too_many])
        plan.complete = True
        return True

    async def _may_repair(self, key: Key, collector: JsonObject) -> bool:
        """Tell whether children that changed by other hands are still wanted; NotYet when that happens too often."""
        if wait := self._repairs.setdefault(key, TokenBucket(_REPAIR_RATE, _REPAIRS, time.monotonic)).take():
            raise NotYet(f"{key}: another program keeps changing its children; repaired again in {wait:.1f} s", wait)
        # Children of a deleted collector may go before the news of its own end arrives; they must not come back.
        return await self._is_live(key, collector)

    async def _is_live(self, key: Key, collector: JsonObject) -> bool:
        """Compare with the collector on the server, and learn from it if that is another."""
        live = await self._client.find(COLLECTOR, key.namespace, key.name)
        if live is None:
            self._cache.forget_collector(key)
            return False
        if significant(live) == significant(collector):
            return True
        self._cache.observe_collector(live)
        return False

    def _plan(self, key: Key, collector: JsonObject, plan: Plan) -> list[Planned]:
        """Work out the children, or the problems that keep the workload as it is."""
        defaulted = default_collector(collector)
        known = (collector.get("status") or {}).get("observedGeneration")
        # Said once for each generation, also across restarts.
        for note in defaulted.events if known != collector["metadata"].get("generation") else ():
            self._told.tell(key, collector, "Normal", DEFAULTS_REASON, note)
        plan.problems = config_problems(defaulted.object, self._settings.collector_image)
        objects: list[JsonObject] = []
        if not plan.problems:
            try:
                objects = desired(defaulted.object, self._settings)
            except ConfigError as error:
                plan.problems = (str(error),)
        if plan.problems:
            self._told.tell(key, collector, "Warning", "ConfigInvalid", "; ".join(plan.problems))
            return []
        planned = planned_objects(collector, objects)
        plan.workload, plan.image = main_workload(planned)
        return planned

    def _take_in(self, key: Key, collector: JsonObject, plan: Plan, planned: list[Planned], applied: Applied) -> None:
        """Remember in the plan what was applied; tell of what yielded and log what was written."""
        yielded = set(applied.yielded)
        plan.digests = {item.key: item.digest for item in planned if item.key not in yielded}
        for child in applied.yielded:
            note = f"{child.kind.kind} {child.name} exists and is not ours; it is left alone"
            self._told.tell(key, collector, "Normal", "LeftToOwner", note)
        if applied.written:
            _log.info("reconciled collector=%s wrote=%d of=%d", key, len(applied.written), len(planned))

    def _in_place(self, collector: JsonObject, plan: Plan) -> bool:
        if plan.problems:
            return True
        uid = collector["metadata"]["uid"]
        return (
            plan.complete
            and all(self._applier.is_current(child, digest, uid) for child, digest in plan.digests.items())
            and not superfluous(self._owned(collector), plan.digests, config_versions_of(collector))
        )

    async def _delete(self, key: ChildKey) -> None:
        child = self._cache.children.get(key)
        if child is None:
            return
        try:
            await self._client.delete(key.kind, key.namespace, key.name, uid=child.uid)
        except Conflict:
            _log.info("%s has been made anew by another; not deleted", key)
        self._cache.mark_deleting(key)

    async def _report(self, key: Key, collector: JsonObject, error: str) -> Done:
        """Write the status if it says something new."""
        plan = self._plans.get(key) or Plan("")
        workload = self._workload(collector, plan)
        sidecar = (collector.get("spec") or {}).get("mode") == "sidecar"
        trouble, again_in = "", None
        if workload is None or workload.settled:
            self._diagnosis.well(key)
        else:
            trouble, again_in = await self._diagnosis.ailing(key, selector_labels(collector), workload)
        latest = self._cache.collectors.get(key, collector)
        present = latest.get("status") or {}
        situation = Situation(sidecar, workload, plan.problems, error, trouble)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        status = status_of({**collector, "status": present}, situation, plan.image or str(present.get("image") or ""), now)
        if not same(present, status):
            await self._write_status(key, collector, status)
        return Done(again_in)

    async def _write_status(self, key: Key, collector: JsonObject, status: JsonObject) -> None:
        meta = collector["metadata"]
        # The uid makes the write fail on a collector of the same name that was made since.
        metadata = {name: meta[name] for name in ("name", "namespace", "uid")}
        body = {"apiVersion": COLLECTOR.api_version, "kind": COLLECTOR.kind, "metadata": metadata, "status": status}
        try:
            live = await self._client.apply_status(body)
        except (NotFound, Conflict):
            _log.debug("%s is gone; its status has no reader", key)
            return
        if self._cache.observe_collector(live):
            self._requeue(key)

    def _workload(self, collector: JsonObject, plan: Plan) -> Workload | None:
        """Return the live workload: the planned one, else whichever there is (with an invalid config there is no plan)."""
        owned = self._owned(collector)
        if plan.workload is not None:
            child = owned.get(plan.workload)
            return child.workload if child else None
        return next((child.workload for child in owned.values() if child.workload and not child.deleting), None)

    def _owned(self, collector: JsonObject) -> dict[ChildKey, Child]:
        return self._cache.owned(collector["metadata"]["uid"])

    def _forget(self, key: Key) -> None:
        self._plans.pop(key, None)
        self._told.forget(key)
        self._repairs.pop(key, None)
        self._diagnosis.well(key)
