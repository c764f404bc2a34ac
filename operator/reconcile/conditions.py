"""The conditions of a collector: is it available, rolling out, is its configuration good, was it reconciled. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from otel_operator.json_types import JsonObject
from otel_operator.reconcile.workload import Workload

_LONGEST_MESSAGE = 4096


class Verdict(NamedTuple):
    """One condition without its times."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the conditions depend on."""

    sidecar: bool
    workload: Workload | None
    problems: tuple[str, ...] = ()
    """What is wrong with the configuration; the workload then stays as it was."""
    error: str = ""
    """Why the last reconcile failed."""
    trouble: str = ""
    """What ails the pods."""


def verdicts(situation: Situation) -> list[Verdict]:
    """Return all conditions, in the order in which they are shown."""
    return [_available(situation), _progressing(situation), _config_valid(situation), _ready(situation)]


def _available(situation: Situation) -> Verdict:
    workload = situation.workload
    if situation.sidecar:
        return Verdict("Available", "True", "Sidecar", "Pods get this collector as a container when they are created")
    if workload is None:
        reason = "ConfigInvalid" if situation.problems else "NoWorkload"
        return Verdict("Available", "False", reason, "The workload does not exist yet")
    counts = f"{workload.ready} of {workload.desired} replicas are ready"
    if not workload.current:
        return Verdict("Available", "False", "NotObserved", _unobserved(workload))
    if workload.settled:
        if workload.desired == 0:
            empty = "No node matches the DaemonSet" if workload.kind == "DaemonSet" else "Scaled to zero replicas"
            return Verdict("Available", "True", "NoReplicasWanted", empty)
        return Verdict("Available", "True", "AllReplicasReady", counts)
    reason = "ReplicasNotReady" if workload.ready < workload.desired else "RollingOut"
    if workload.ready >= workload.desired:
        counts += f", {workload.updated} run the latest revision and {max(workload.replicas - workload.desired, 0)} are to go"
    why = situation.trouble or workload.stalled
    return Verdict("Available", "False", "PodsFailing" if why else reason, f"{counts}: {why}" if why else counts)


def _progressing(situation: Situation) -> Verdict:
    workload = situation.workload
    if situation.sidecar or workload is None:
        return Verdict("Progressing", "False", "NoRollout", "There is no workload to roll out")
    counts = f"{workload.updated} of {workload.desired} replicas run the latest revision"
    if not workload.current:
        return Verdict("Progressing", "True", "NotObserved", _unobserved(workload))
    if workload.settled:
        return Verdict("Progressing", "False", "RolloutComplete", counts)
    if workload.stalled:
        return Verdict("Progressing", "False", "RolloutStalled", workload.stalled)
    return Verdict("Progressing", "True", "RollingOut", counts)


def _unobserved(workload: Workload) -> str:
    return f"Kubernetes' controller has not seen the latest change of the {workload.kind} yet"


def _config_valid(situation: Situation) -> Verdict:
    if situation.problems:
        return Verdict("ConfigValid", "False", "Invalid", "; ".join(situation.problems))
    return Verdict("ConfigValid", "True", "Valid", "The configuration has no known problem")


def _ready(situation: Situation) -> Verdict:
    """Build the condition that the Go operator sets, with its reasons and its meaning: the objects were applied."""
    if error := situation.error or "; ".join(situation.problems):
        return Verdict("Ready", "False", "ReconcileError", error)
    return Verdict("Ready", "True", "Reconciled", "Successfully reconciled")


def merged(old: Sequence[JsonObject], new: Sequence[Verdict], generation: int, now: str) -> list[JsonObject]:
    """Return conditions whose `lastTransitionTime` is that of `old` where the status has not changed, else `now`."""
    before = {condition.get("type"): condition for condition in old}
    result = []
    for verdict in new:
        known = before.get(verdict.type) or {}
        unchanged = known.get("status") == verdict.status and known.get("lastTransitionTime")
        result.append(
            {
                "type": verdict.type,
                "status": verdict.status,
                "reason": verdict.reason,
                "message": verdict.message[:_LONGEST_MESSAGE],
                "observedGeneration": generation,
                "lastTransitionTime": known["lastTransitionTime"] if unchanged else now,
            }
        )
    return result
