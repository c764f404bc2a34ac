"""What the operator remembers of a live Deployment, DaemonSet or StatefulSet: its counts, not its body. Pure."""

from dataclasses import dataclass

from otel_operator.json_types import JsonObject

WORKLOAD_KINDS = frozenset({"Deployment", "DaemonSet", "StatefulSet"})


@dataclass(frozen=True, slots=True)
class Workload:
    """Replica counts at one moment; `current` says whether the controller has seen the latest spec."""

    kind: str
    current: bool
    desired: int
    replicas: int
    updated: int
    ready: int
    name: str = ""
    stalled: str = ""
    """Message of a Deployment that exceeded its progress deadline or may not create pods."""

    @property
    def settled(self) -> bool:
        """All desired replicas are ready and none runs an older template, unless the update strategy leaves them to the user."""
        return self.current and self.updated >= self.desired and self.ready >= self.desired and self.replicas <= self.desired


def workload_of(obj: JsonObject) -> Workload | None:
    """Read the counts of a live object; None when it is no workload."""
    kind = str(obj.get("kind"))
    if kind not in WORKLOAD_KINDS:
        return None
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    name = str(obj["metadata"].get("name") or "")
    current = int(status.get("observedGeneration") or 0) >= int(obj["metadata"].get("generation") or 0)

    def count(name: str) -> int:
        return int(status.get(name) or 0)

    if kind == "DaemonSet":
        desired = count("desiredNumberScheduled")
        # Where the user deletes pods by hand for an update, older ones are as they should be.
        by_hand = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
        updated = desired if by_hand else count("updatedNumberScheduled")
        return Workload(kind, current, desired, desired, updated, count("numberReady"), name)
    replicas = spec.get("replicas")
    desired = 1 if replicas is None else int(replicas)
    updated, ready = count("updatedReplicas"), count("readyReplicas")
    return Workload(kind, current, desired, count("replicas"), updated, ready, name, _stalled(status))


def _stalled(status: JsonObject) -> str:
    for condition in status.get("conditions") or ():
        failed = condition.get("type") == "ReplicaFailure" and condition.get("status") == "True"
        late = condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded"
        if failed or late:
            return str(condition.get("message") or condition.get("reason"))
    return ""
