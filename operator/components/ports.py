"""Ports that a configuration opens, as ServicePort objects, and how they go together with those of `spec.ports`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otel_operator.api.finding import Finding, Rule, at
from otel_operator.components.collector_config import (
    EXPORTERS,
    EXTENSIONS,
    RECEIVERS,
    component_type,
    enabled,
    mapping,
    sequence,
)
from otel_operator.components.endpoint import listening_port, port_of
from otel_operator.components.registry import (
    EXPORTER_LISTENERS,
    GENERIC_RECEIVER,
    HEALTH_CHECK,
    JAEGER_QUERY_HTTP,
    RECEIVER_LISTENERS,
    RECEIVER_PROTOCOLS,
    SILENT_RECEIVERS,
    Listener,
)
from otel_operator.json_types import JsonObject
from otel_operator.naming import is_port_name, is_port_number, numbered_port_name, port_name

_PATH = ("spec", "config")


@dataclass(frozen=True, slots=True)
class Inference:
    """Ports found, sorted by name, and what kept others from being found."""

    ports: tuple[JsonObject, ...]
    problems: tuple[Finding, ...]


class _Unplaced(Exception):
    """A component's port cannot be told; the text names field and remedy."""


def inferred_ports(config: Mapping[str, Any], sections: Iterable[str] = (RECEIVERS, EXPORTERS)) -> Inference:
    """Find the ports of the components in use in `sections` (receivers, exporters, extensions)."""
    ports: list[JsonObject] = []
    problems = []
    for section in sections:
        for component_id, raw in enabled(config, section):
            try:
                ports.extend(_FINDERS[section](component_id, raw))
            except _Unplaced as unplaced:
                problems.append(at(Rule.CONFIG_PORTS, (*_PATH, section, component_id), str(unplaced)))
    for port in ports:
        if not is_port_number(port["port"]):
            problem = f"port {port['port']} of {port['name']} is not between 1 and 65535; write another number"
            problems.append(at(Rule.CONFIG_PORTS, _PATH, problem))
        elif not is_port_name(port["name"]):
            problem = f"{port['name']!r} is not a port name in Kubernetes; rename the component"
            problems.append(at(Rule.CONFIG_PORTS, _PATH, problem))
    usable = (port for port in ports if is_port_number(port["port"]))
    return Inference(tuple(sorted(usable, key=lambda port: str(port["name"]))), tuple(problems))


def merged_ports(given: Iterable[JsonObject], inferred: Iterable[JsonObject]) -> list[JsonObject]:
    """Put `given` ports (of `spec.ports`) first as they are, then those inferred that they leave room for.

    An inferred port whose number and protocol are taken is dropped; one whose name is taken is called `port-<number>`, and
    dropped where that is taken too.
    """
    merged = list(given)
    numbers = {_number(port) for port in merged}
    names = {port.get("name") for port in merged}
    for port in inferred:
        name = port["name"] if port["name"] not in names else numbered_port_name(port["port"])
        if _number(port) in numbers or name in names:
            continue
        numbers.add(_number(port))
        names.add(name)
        merged.append({**port, "name": name})
    return merged


def service_ports(spec: JsonObject, inferred: Iterable[JsonObject]) -> list[JsonObject]:
    """Return `spec.ports` and inferred ports as ServicePorts; the protocol is always said, for it is part of their key."""
    given = [{k: v for k, v in port.items() if k != "hostPort"} for port in given_ports(spec)]
    return [{**port, "protocol": port.get("protocol") or "TCP"} for port in merged_ports(given, inferred)]


def given_ports(spec: JsonObject) -> list[JsonObject]:
    """Return the entries of `spec.ports`."""
    return [port for port in sequence(spec.get("ports")) if isinstance(port, dict)]


def _number(port: JsonObject) -> tuple[object, str]:
    return port.get("port"), port.get("protocol") or "TCP"


def _receiver(component_id: str, raw: object) -> Iterator[JsonObject]:
    kind = component_type(component_id)
    settings = mapping(raw)
    if kind in SILENT_RECEIVERS:
        return
    if kind in RECEIVER_PROTOCOLS:
        yield from _protocols(component_id, RECEIVER_PROTOCOLS[kind], mapping(settings.get("protocols")))
    elif kind == "prometheus":
        yield from _prometheus_api(component_id, mapping(settings.get("api_server")))
    elif kind not in RECEIVER_LISTENERS:
        yield from _found(component_id, GENERIC_RECEIVER, settings)
    elif raw is not None:
        listener = RECEIVER_LISTENERS[kind]
        if listening_port(settings, listener.default) is None:
            raise _Unplaced("no port in endpoint or listen_address; give one, e.g. listen_address: 0.0.0.0:54525")
        yield from _found(component_id, listener, settings)


def _protocols(component_id: str, known: Mapping[str, Listener], protocols: JsonObject) -> Iterator[JsonObject]:
    unknown = sorted(protocols.keys() - known.keys())
    if unknown:
        raise _Unplaced(f"unknown protocol set: {', '.join(unknown)}; {component_id} takes {', '.join(known)}")
    for protocol, raw in protocols.items():
        yield from _found(f"{component_id}-{protocol}", known[protocol], mapping(raw))


def _prometheus_api(component_id: str, api_server: JsonObject) -> Iterator[JsonObject]:
    if api_server.get("enabled") is True:
        yield from _found(component_id, GENERIC_RECEIVER, mapping(api_server.get("server_config")))


def _exporter(component_id: str, raw: object) -> Iterator[JsonObject]:
    listener = EXPORTER_LISTENERS.get(component_type(component_id))
    if listener and raw is not None:
        yield from _found(component_id, listener, mapping(raw))


def _extension(component_id: str, raw: object) -> Iterator[JsonObject]:
    kind = component_type(component_id)
    settings = mapping(raw)
    if kind == "health_check" and raw is not None:
        yield from _found(component_id, HEALTH_CHECK, settings)
    elif kind == "jaeger_query" and raw is not None:
        web = _found(component_id, JAEGER_QUERY_HTTP, mapping(settings.get("http")))
        yield from web
        query = port_of(mapping(settings.get("grpc")).get("endpoint"))
        if query is not None and query != web[0]["port"]:
            yield _port(f"{component_id}-2", JAEGER_QUERY_HTTP, query)


def _found(component: str, listener: Listener, settings: JsonObject) -> list[JsonObject]:
    number = listening_port(settings, listener.default)
    return [] if number is None else [_port(component, listener, number)]


def _port(component: str, listener: Listener, number: int) -> JsonObject:
    port: JsonObject = {"name": port_name(component, number), "port": number, "protocol": listener.protocol}
    if listener.target_port:
        port["targetPort"] = number
    if listener.app_protocol:
        port["appProtocol"] = listener.app_protocol
    return port


_FINDERS = {RECEIVERS: _receiver, EXPORTERS: _exporter, EXTENSIONS: _extension}
