"""Probes of the collector's container; they ask the `health_check` extension, so there are none without it."""

from collections.abc import Mapping
from typing import Any

from otel_operator.components.collector_config import EXTENSIONS, component_type, enabled, mapping
from otel_operator.components.endpoint import listening_port
from otel_operator.components.registry import HEALTH_CHECK
from otel_operator.json_types import JsonObject
from otel_operator.naming import is_port_number

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_TIMINGS = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
    "terminationGracePeriodSeconds",
)


def probes(spec: JsonObject, config: Mapping[str, Any]) -> JsonObject:
    """Return the container's probes by field name; empty without a `health_check` extension in use.

    All three ask the same path and port; timings come from the fields of the same names in `spec`.
    """
    handler = _handler(config)
    if handler is None:
        return {}
    return {name: {"httpGet": dict(handler)} | _timings(mapping(spec.get(name))) for name in PROBES}


def _handler(config: Mapping[str, Any]) -> JsonObject | None:
    for component_id, raw in enabled(config, EXTENSIONS):
        if component_type(component_id) == "health_check":
            settings = mapping(raw)
            port = listening_port(settings, HEALTH_CHECK.default)
            return {"path": str(settings.get("path") or "/"), "port": port} if is_port_number(port) else None
    return None


def _timings(given: JsonObject) -> JsonObject:
    return {name: given[name] for name in _TIMINGS if given.get(name) is not None}
