"""Environment variables that the operator adds to the collector's container."""

from collections.abc import Iterator, Mapping
from typing import Any

from otel_operator.components.collector_config import (
    PROCESSORS,
    RECEIVERS,
    RESOURCE_DETECTION,
    component_type,
    enabled,
    mapping,
    sequence,
)
from otel_operator.json_types import JsonObject
from otel_operator.naming import CONTAINER

_KUBELET_RECEIVERS = frozenset({"kubelet_stats", "kubeletstats"})
_NODE_DETECTORS = frozenset({"k8s_api", "k8snode"})
"""They ask for the node that K8S_NODE_NAME names and do not start without. The Go operator leaves that to the user."""


def environment(spec: JsonObject, config: Mapping[str, Any], proxy_env: Mapping[str, str]) -> list[JsonObject]:
    """Return `spec.env`, then the operator's variables; a name that the user has set is left to the user.

    The order is the Go operator's, since a different order would roll the pods.
    """
    variables = [dict(variable) for variable in sequence(spec.get("env")) if isinstance(variable, dict)]
    taken = {variable.get("name") for variable in variables}
    for variable in _added(config, proxy_env):
        if variable["name"] not in taken:
            taken.add(variable["name"])
            variables.append(variable)
    return variables


def field_variable(name: str, path: str) -> JsonObject:
    """Return a variable whose value is a field of the pod (downward API)."""
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def _added(config: Mapping[str, Any], proxy_env: Mapping[str, str]) -> Iterator[JsonObject]:
    yield field_variable("POD_NAME", "metadata.name")
    yield _limit_variable("GOMEMLIMIT", "limits.memory")
    yield _limit_variable("GOMAXPROCS", "limits.cpu")
    if _needs_node_name(config):
        yield field_variable("K8S_NODE_NAME", "spec.nodeName")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        value = proxy_env.get(name)
        if value:
            yield {"name": name, "value": value}
            yield {"name": name.lower(), "value": value}


def _needs_node_name(config: Mapping[str, Any]) -> bool:
    if any(component_type(component_id) in _KUBELET_RECEIVERS for component_id, _ in enabled(config, RECEIVERS)):
        return True
    return any(
        component_type(component_id) in RESOURCE_DETECTION
        and not _NODE_DETECTORS.isdisjoint(name for name in sequence(mapping(raw).get("detectors")) if isinstance(name, str))
        for component_id, raw in enabled(config, PROCESSORS)
    )


def _limit_variable(name: str, resource: str) -> JsonObject:
    return {"name": name, "valueFrom": {"resourceFieldRef": {"containerName": CONTAINER, "resource": resource}}}
