"""Defaults of an OpenTelemetryCollector as admission writes them: those of the spec, then those of the configuration.

The configuration is completed because its hash names the ConfigMap and marks the pods: what the Go operator completed must
come out the same here. Nothing else changes, so that a GitOps tool sees no difference that means nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from otel_operator.api.conversion import unparseable_config
from otel_operator.api.defaults import default_collector_spec
from otel_operator.components.collector_config import (
    EXPORTERS,
    EXTENSIONS,
    RECEIVERS,
    component_type,
    enabled,
    mapping,
    spec_of,
)
from otel_operator.components.endpoint import completed
from otel_operator.components.registry import (
    EXPORTER_LISTENERS,
    HEALTH_CHECK,
    JAEGER_QUERY_HTTP,
    RECEIVER_LISTENERS,
    RECEIVER_PROTOCOLS,
    Listener,
)
from otel_operator.components.telemetry import DEFAULT_PORT, DEFAULT_READER, is_given, metrics_endpoint, shape_problem
from otel_operator.json_types import JsonObject

TELEMETRY_DEFAULTED = (
    f"spec.config.service.telemetry.metrics names no reader: the collector serves its own metrics at 0.0.0.0:{DEFAULT_PORT}"
)


@dataclass(frozen=True, slots=True)
class Defaulted:
    """An object with its defaults, and what a user should hear about them (reason `Spec.Service.Telemetry.DefaultsApplied`)."""

    object: JsonObject
    events: tuple[str, ...]


def default_collector(obj: JsonObject) -> Defaulted:
    """Return `obj` (v1beta1) with defaults; `obj` itself is unchanged, and parts without a change are shared with it."""
    collector = default_collector_spec(obj)
    config = spec_of(collector).get("config")
    # Text that could not be converted reads as an empty configuration; completing that would hide the reason to refuse it.
    if not isinstance(config, dict) or unparseable_config(collector) is not None:
        return Defaulted(collector, ())
    completed_config, events = default_config(config)
    if completed_config != config:
        collector = {**collector, "spec": {**collector["spec"], "config": completed_config}}
    return Defaulted(collector, events)


def default_config(config: JsonObject) -> tuple[JsonObject, tuple[str, ...]]:
    """Return `config` with a metrics reader and complete endpoints of the components in use, and events.

    Components that are referenced but not defined, and settings of an unexpected shape, stay as they are for validation to
    report.
    """
    service = config.get("service")
    events: tuple[str, ...] = ()
    if isinstance(service, dict) and shape_problem(config) is None and not is_given(config):
        config = {**config, "service": _with_reader(service)}
        events = (TELEMETRY_DEFAULTED,)
    for section, complete in ((RECEIVERS, _receiver), (EXPORTERS, _exporter(config)), (EXTENSIONS, _extension)):
        changed = {}
        for component_id, raw in enabled(config, section):
            if isinstance(raw, dict | None):
                changed[component_id] = complete(component_type(component_id), raw)
        if changed:
            config = {**config, section: {**config[section], **changed}}
    return config, events


def _with_reader(service: JsonObject) -> JsonObject:
    telemetry = mapping(service.get("telemetry"))
    metrics = {**mapping(telemetry.get("metrics")), "readers": [DEFAULT_READER]}
    return {**service, "telemetry": {**telemetry, "metrics": metrics}}


def _receiver(kind: str, raw: JsonObject | None) -> JsonObject | None:
    if kind in RECEIVER_PROTOCOLS:
        protocols = mapping(raw).get("protocols")
        if raw is None or not isinstance(protocols, dict):
            return raw
        return {**raw, "protocols": _protocols(RECEIVER_PROTOCOLS[kind], protocols)}
    listener = RECEIVER_LISTENERS.get(kind)
    return raw if listener is None else _listening(raw, listener)


def _protocols(known: Mapping[str, Listener], protocols: JsonObject) -> JsonObject:
    return {
        protocol: _listening(raw, known[protocol]) if protocol in known and isinstance(raw, dict | None) else raw
        for protocol, raw in protocols.items()
    }


def _exporter(config: JsonObject) -> Callable[[str, JsonObject | None], JsonObject | None]:
    own_metrics = metrics_endpoint(config).port

    def complete(kind: str, raw: JsonObject | None) -> JsonObject | None:
        listener = EXPORTER_LISTENERS.get(kind)
        if listener is None or (listener.default == own_metrics and not mapping(raw).get("endpoint")):
            return raw  # the default would be taken already; validation asks for an endpoint
        return _listening(raw, listener)

    return complete


def _extension(kind: str, raw: JsonObject | None) -> JsonObject | None:
    if kind == "health_check":
        listening = _listening(raw, HEALTH_CHECK) or {}
        return listening if listening.get("path") else {**listening, "path": "/"}
    if kind == "jaeger_query":
        return _jaeger_query(raw or {})
    return raw


def _jaeger_query(settings: JsonObject) -> JsonObject:
    web = settings.get("http")
    if isinstance(web, dict | None):
        settings = {**settings, "http": _listening(web, JAEGER_QUERY_HTTP)}
    query = settings.get("grpc")
    if isinstance(query, dict) and query.get("endpoint"):
        settings = {**settings, "grpc": _listening(query, JAEGER_QUERY_HTTP)}
    return settings


def _listening(raw: JsonObject | None, listener: Listener) -> JsonObject | None:
    """Complete `endpoint`; settings that use `listen_address` instead, and those of types without a default port, stay."""
    settings: Mapping[str, Any] = raw or {}
    endpoint = settings.get("endpoint") or ""
    if listener.default is None or not isinstance(endpoint, str) or (not endpoint and settings.get("listen_address")):
        return raw
    return {**settings, "endpoint": completed(endpoint, listener.default)}
