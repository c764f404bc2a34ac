"""Defaults of the collector resource's own fields (not of its configuration). Pure.

Returned objects share unchanged parts with the given ones; only real changes are made, so that GitOps tools see no drift.
"""

from otel_operator.json_types import JsonObject


def default_collector_spec(obj: JsonObject) -> JsonObject:
    """Return the collector (v1beta1) with the defaults that the Go operator's webhook sets; NetworkPolicy is left off."""
    spec = dict(obj.get("spec") or {})
    for name, value in (("mode", "deployment"), ("upgradeStrategy", "automatic"), ("managementState", "managed")):
        if spec.get(name) in (None, ""):
            spec[name] = value
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    _default_allocator(spec)
    _default_autoscaler(spec)
    _default_ingress(spec)
    return obj if spec == obj.get("spec") else {**obj, "spec": spec}


def _default_allocator(spec: JsonObject) -> None:
    allocator = spec.get("targetAllocator")
    if isinstance(allocator, dict) and allocator.get("enabled") and allocator.get("replicas") is None:
        spec["targetAllocator"] = {**allocator, "replicas": 1}


def _default_autoscaler(spec: JsonObject) -> None:
    scaler = spec.get("autoscaler")
    if not isinstance(scaler, dict) or scaler.get("maxReplicas") is None:
        return
    scaler = dict(scaler)
    if scaler.get("minReplicas") is None:
        scaler["minReplicas"] = spec["replicas"]
    if scaler.get("targetCPUUtilization") is None and scaler.get("targetMemoryUtilization") is None:
        scaler["targetCPUUtilization"] = 90
    spec["autoscaler"] = scaler


def _default_ingress(spec: JsonObject) -> None:
    ingress = spec.get("ingress")
    if not isinstance(ingress, dict):
        return
    route = {} if ingress.get("route") is None else ingress["route"]
    if ingress.get("type") == "route" and isinstance(route, dict) and not route.get("termination"):
        spec["ingress"] = {**ingress, "route": {**route, "termination": "edge"}}
    elif ingress.get("type") == "ingress" and not ingress.get("ruleType"):
        spec["ingress"] = {**ingress, "ruleType": "path"}
