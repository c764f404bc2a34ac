"""Everything that shall exist for a collector."""

from typing import Any

from otel_operator.components.collector_config import mode_of
from otel_operator.json_types import JsonObject
from otel_operator.resources.configmap import config_map
from otel_operator.resources.daemonset import daemonset
from otel_operator.resources.deployment import deployment
from otel_operator.resources.service import services
from otel_operator.resources.service_account import service_account
from otel_operator.resources.statefulset import statefulset
from otel_operator.settings import Settings

_WORKLOADS = {"deployment": deployment, "daemonset": daemonset, "statefulset": statefulset}


def desired(obj: JsonObject, settings: Settings) -> list[JsonObject]:
    """Return all children of the OpenTelemetryCollector `obj` (v1beta1, defaulted), in the order in which to apply them.

    What pods need comes before what makes pods. Owner references are left to the reconciler. A sidecar collector has no
    workload and no Services: its pods are other people's. Nothing in the result is shared with `obj`.
    """
    account = service_account(obj, settings)
    objects = [account] if account else []
    objects.append(config_map(obj, settings))
    build = _WORKLOADS.get(mode_of(obj))
    if build is not None:
        objects += services(obj, settings)
        objects.append(build(obj, settings))
    return [_copied(child) for child in objects]


def _copied(value: Any) -> Any:
    """Copy JSON, several times faster than `copy.deepcopy`, which has to look for cycles."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
