"""The status of a collector, from what is known of it and its workload. Pure."""

from otel_operator.json_types import JsonObject
from otel_operator.labels import selector_labels
from otel_operator.reconcile.conditions import Situation, merged, verdicts
from otel_operator.version import VERSION


def status_of(collector: JsonObject, situation: Situation, image: str, now: str) -> JsonObject:
    """Return the whole status; equal to the present one when nothing has changed, whatever `now` is.

    `image` is the collector container's, "" when there is none; `now` is RFC 3339 with whole seconds. The scale selector
    names the selector labels only: labels that change with a rollout would hide half the pods from an autoscaler.
    """
    old = collector.get("status") or {}
    generation = int(collector["metadata"].get("generation") or 0)
    status: JsonObject = {
        "observedGeneration": generation,
        "version": VERSION,
        "scale": _scale(collector, situation),
        "conditions": merged(old.get("conditions") or (), verdicts(situation), generation, now),
    }
    if image:
        status["image"] = image
    return status


def _scale(collector: JsonObject, situation: Situation) -> JsonObject:
    if situation.sidecar:
        return {"replicas": 0, "selector": ""}
    selector = ",".join(f"{key}={value}" for key, value in sorted(selector_labels(collector).items()))
    workload = situation.workload
    if workload is None:
        return {"replicas": 0, "selector": selector, "statusReplicas": "0/0"}
    total = workload.replicas
    return {"replicas": total, "selector": selector, "statusReplicas": f"{workload.ready}/{total}"}


def same(present: JsonObject, wanted: JsonObject) -> bool:
    """Tell whether writing `wanted` would change nothing.

    Zero values that the server left out count as equal. What others wrote (the Go operator has fields and conditions of its
    own) stays whatever we write, and the server decides on the order of the conditions.
    """
    return _comparable({name: present.get(name) for name in wanted}, wanted) == _comparable(wanted, wanted)


def _comparable(status: JsonObject, wanted: JsonObject) -> JsonObject:
    types = {condition["type"] for condition in wanted["conditions"]}
    conditions = {c.get("type"): c for c in status.get("conditions") or () if c.get("type") in types}
    scale = {key: value for key, value in (status.get("scale") or {}).items() if value not in (0, "", None)}
    return {**status, "scale": scale, "conditions": conditions}
