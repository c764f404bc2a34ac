"""What pods ask for by annotation, as far as metadata of pod and namespace tell (spec: instrumentation §2). Pure."""

from collections.abc import Collection, Iterable, Mapping

from otel_operator.api.languages import FEATURES, PREFIX
from otel_operator.inject.precedence import FALSE, TRUE, effective
from otel_operator.json_types import JsonObject
from otel_operator.naming import CONTAINER

_AGENT = "opentelemetry-auto-instrumentation"
_AGENT_CONTAINERS = frozenset({"otel-agent-attach-apache", "otel-agent-source-container-clone"})
_NODE_NAME = "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"


def asked(pod: Mapping[str, str], namespace: Mapping[str, str]) -> dict[str, str]:
    """Return the value that counts of each feature that is asked for; `pod` and `namespace` are annotations."""
    values = {feature: effective(f"{PREFIX}inject-{feature}", pod=pod, namespace=namespace) for feature in FEATURES}
    return {feature: value for feature, value in values.items() if value and value.lower() != FALSE}


def chosen(value: str, namespace: str, existing: Collection[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the Instrumentation (namespace, name) of `existing` ones that a value names, None when it cannot be chosen.

    "true" means the only one of the pod's namespace, `name` one of it by name, `namespace/name` one of another.
    """
    if value.lower() == TRUE:
        candidates = [key for key in existing if key[0] == namespace]
        return candidates[0] if len(candidates) == 1 else None
    first, slash, second = value.partition("/")
    key = (first, second) if slash else (namespace, first)
    return key if key in existing else None


def carries_injection(pod: JsonObject) -> bool:
    """Tell whether somebody has injected into this (whole) pod: us without a record, or the Go operator (spec §5)."""
    spec = pod.get("spec") or {}
    inits, containers = spec.get("initContainers") or (), spec.get("containers") or ()
    names = {str(container.get("name")) for container in (*inits, *containers)}
    return (
        any(name.startswith(_AGENT) for name in names)
        or not names.isdisjoint(_AGENT_CONTAINERS)
        or any(_NODE_NAME in _variables(c) for c in containers if c.get("name") != CONTAINER)
    )


def has_sidecar(pod: JsonObject) -> bool:
    """Tell whether a (whole) pod has the container of a collector, in either of the places where it may be."""
    spec = pod.get("spec") or {}
    return any(c.get("name") == CONTAINER for place in ("containers", "initContainers") for c in spec.get(place) or ())


def _variables(container: JsonObject) -> Iterable[str]:
    return {str(variable.get("name")) for variable in container.get("env") or ()}
