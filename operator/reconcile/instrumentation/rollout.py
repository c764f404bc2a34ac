"""Which workload is restarted next so that its pods get today's injection, and what keeps others from it. Pure.

One workload at a time in a namespace: the next begins when the last has settled, and when its restart has helped. Where it has
not, the webhook is away or does not see these pods, and further restarts would only disturb.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from otel_operator.api.digest import digest
from otel_operator.json_types import JsonObject
from otel_operator.label_selectors import selects
from otel_operator.reconcile.instrumentation.injected_pods import InjectedPod, WorkloadKey
from otel_operator.reconcile.instrumentation.known import Known
from otel_operator.reconcile.instrumentation.missed import Missed, restartable
from otel_operator.reconcile.ownership import Key
from otel_operator.reconcile.workload import workload_of

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""On a pod template, as `kubectl rollout restart` sets it."""
RESTARTED_FOR = "operator.opentelemetry.io/restarted-for"
"""On a pod template: digest of what the restart was to bring. The same is not tried again before `TRY_AGAIN`."""
TRY_AGAIN = timedelta(hours=24)
Reason = Literal["Outdated", "Missed"]


class Due(NamedTuple):
    """A workload that is to be restarted."""

    workload: WorkloadKey
    reason: Reason
    token: str
    """Digest of what the restart is to bring."""
    pods: int
    sample: str
    """Name of one of its pods that miss the injection."""


class Obstacle(NamedTuple):
    """Why a due workload is not restarted now."""

    message: str
    passing: bool = False
    """Goes away by itself; nobody needs to be told."""
    whole_namespace: bool = False
    """Nothing else in the namespace is restarted either."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do in one namespace."""

    restart: Due | None = None
    obstacles: tuple[tuple[Due, Obstacle], ...] = ()


def outdated(key: Key, instrumentation: Known, pods: Iterable[InjectedPod]) -> list[Due]:
    """Return the workloads whose pods carry an older injection of the Instrumentation `key`."""
    found: dict[WorkloadKey, tuple[set[str], int]] = {}
    for pod in pods:
        injected = pod.record.of_instrumentation(*key)
        old = {feature for feature, spec in injected.items() if spec != instrumentation.digests.get(feature)}
        if old and restartable(pod.workload):
            features, count = found.get(pod.workload, (set(), 0))
            found[pod.workload] = (features | old, count + 1)
    return [
        Due(workload, "Outdated", _token("Outdated", key, features, instrumentation), count, "")
        for workload, (features, count) in sorted(found.items())
    ]


def due_for_missing(key: Key, instrumentation: Known, missed: Iterable[Missed]) -> list[Due]:
    """Return the workloads that get the Instrumentation `key` by a restart, of those whose pods miss it."""
    return [
        Due(one.workload, "Missed", _token("Missed", key, one.features, instrumentation), one.pods, one.sample)
        for one in missed
        if restartable(one.workload)
    ]


def decide(due: Sequence[Due], live: Mapping[WorkloadKey, JsonObject], budgets: Sequence[JsonObject], now: datetime) -> Decision:
    """Choose the workload of one namespace to restart now.

    `live` are the workloads as they are (one that is missing there is gone), `budgets` the PodDisruptionBudgets of the namespace.
    """
    free, obstacles = [], []
    for item in due:
        workload = live.get(item.workload)
        if workload is None:
            continue
        if found := obstacle(item, workload, budgets, now):
            obstacles.append((item, found))
        else:
            free.append(item)
    blocked = any(found.whole_namespace for _, found in obstacles)
    return Decision(free[0] if free and not blocked else None, tuple(obstacles))


def obstacle(due: Due, live: JsonObject, budgets: Sequence[JsonObject], now: datetime) -> Obstacle | None:
    """Return what keeps a workload from being restarted now."""
    counts, spec = workload_of(live), live.get("spec") or {}
    template = (spec.get("template") or {}).get("metadata") or {}
    annotations = template.get("annotations") or {}
    if counts is None or (live["metadata"].get("deletionTimestamp")):
        return Obstacle(f"{due.workload} is going", passing=True)
    if spec.get("paused"):
        return Obstacle(f"{due.workload} is paused; run: kubectl rollout resume")
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return Obstacle(f"{due.workload} has updateStrategy OnDelete; delete its pods to have them injected anew")
    if partition := (strategy.get("rollingUpdate") or {}).get("partition"):
        return Obstacle(
            f"{due.workload} has updateStrategy.rollingUpdate.partition {partition}, below which pods keep their template; "
            "set it to 0, or restart it yourself"
        )
    if not counts.settled:
        ours = annotations.get(RESTARTED_FOR) is not None
        return Obstacle(f"{due.workload} is rolling out or not ready", passing=True, whole_namespace=ours)
    restarted = _time(annotations.get(RESTARTED_AT))
    if annotations.get(RESTARTED_FOR) == due.token and restarted is not None and now - restarted < TRY_AGAIN:
        return Obstacle(
            f"{due.workload} was restarted at {annotations[RESTARTED_AT]} and its pods still lack the injection; see "
            f"`otel-operator explain pod` and whether the webhook runs; tried again after {TRY_AGAIN.days} day",
            whole_namespace=True,
        )
    for budget in budgets:
        selector = (budget.get("spec") or {}).get("selector")
        if selects(selector, template.get("labels") or {}) and not (budget.get("status") or {}).get("disruptionsAllowed"):
            return Obstacle(f"{due.workload}: PodDisruptionBudget {budget['metadata']['name']} allows no disruption now")
    return None


def restart_patch(live: JsonObject, due: Due, now: datetime) -> JsonObject:
    """Return the merge patch that restarts a workload, unless it has changed since it was looked at."""
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "metadata": {"resourceVersion": live["metadata"]["resourceVersion"]},
        "spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: stamp, RESTARTED_FOR: due.token}}}},
    }


def _token(reason: Reason, key: Key, features: Iterable[str], instrumentation: Known) -> str:
    return digest([reason, key, sorted((feature, instrumentation.digests.get(feature)) for feature in features)])


def _time(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
