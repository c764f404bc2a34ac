"""Where the collector serves its own metrics, read from `service.telemetry`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from otel_operator.api.finding import Finding, Rule, at
from otel_operator.components.collector_config import mapping, sequence
from otel_operator.components.endpoint import ANY_ADDRESS
from otel_operator.json_types import JsonObject
from otel_operator.naming import is_port_number

DEFAULT_PORT = 8888
DEFAULT_READER = {"pull": {"exporter": {"prometheus": {"host": ANY_ADDRESS, "port": DEFAULT_PORT}}}}
_PATH = ("spec", "config", "service", "telemetry")


@dataclass(frozen=True, slots=True)
class MetricsEndpoint:
    """Port of the collector's own metrics; `problem` says why it is only the default one."""

    port: int = DEFAULT_PORT
    problem: Finding | None = None


def shape_problem(config: Mapping[str, Any]) -> Finding | None:
    """Say what keeps `service.telemetry` from being read, None where it can be."""
    telemetry = mapping(config.get("service")).get("telemetry")
    if not isinstance(telemetry, dict | None):
        return at(Rule.OWN_TELEMETRY, _PATH, f"must be an object, is {_shape(telemetry)}")
    metrics = mapping(telemetry).get("metrics")
    if not isinstance(metrics, dict | None):
        return at(Rule.OWN_TELEMETRY, (*_PATH, "metrics"), f"must be an object, is {_shape(metrics)}")
    readers = mapping(metrics).get("readers")
    if not isinstance(readers, list | None):
        return at(Rule.OWN_TELEMETRY, (*_PATH, "metrics", "readers"), f"must be a list, is {_shape(readers)}")
    return None


def is_given(config: Mapping[str, Any]) -> bool:
    """Tell whether the user says where metrics go: an address or at least one reader."""
    metrics = _metrics(config)
    return bool(metrics.get("address") or sequence(metrics.get("readers")))


def metrics_endpoint(config: Mapping[str, Any]) -> MetricsEndpoint:
    """Return the port of the first Prometheus reader, or that of the older `metrics.address`."""
    metrics = _metrics(config)
    readers = sequence(metrics.get("readers"))
    if not readers and metrics.get("address"):
        return _from_address(metrics["address"])
    for index, reader in enumerate(readers):
        exporter = mapping(mapping(mapping(reader).get("pull")).get("exporter"))
        if "prometheus" in exporter:
            port = mapping(exporter["prometheus"]).get("port")
            return _checked(port, "readers", index, "pull", "exporter", "prometheus", "port")
    return MetricsEndpoint()


def _metrics(config: Mapping[str, Any]) -> JsonObject:
    return mapping(mapping(mapping(config.get("service")).get("telemetry")).get("metrics"))


def _from_address(address: object) -> MetricsEndpoint:
    text = str(address)
    if re.search(r":\$\{[^}]*\}$", text):
        return _unknown(text, "address")
    found = re.search(r":(\d+)$", text)
    return _checked(int(found[1]) if found else 0, "address")


def _checked(port: object, *field: str | int) -> MetricsEndpoint:
    if not port:
        return MetricsEndpoint()
    if not is_port_number(port):
        return _unknown(port, *field)
    assert isinstance(port, int)
    return MetricsEndpoint(port)


def _unknown(value: object, *field: str | int) -> MetricsEndpoint:
    return MetricsEndpoint(
        problem=at(
            Rule.OWN_TELEMETRY,
            (*_PATH, "metrics", *field),
            f"{value!r} is not a port between 1 and 65535, so the monitoring Service and the scrape "
            f"annotations cannot name it and say {DEFAULT_PORT}; write the number",
        )
    )


def _shape(value: object) -> str:
    return {str: "a string", bool: "a boolean", list: "a list", dict: "an object"}.get(type(value), "a number")
