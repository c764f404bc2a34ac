"""Whether a pod has a collector as a sidecar already, by us or the Go operator."""

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.json_types import JsonObject
from otel_operator.naming import CONTAINER

PLACES = ("containers", "initContainers")
"""Where a sidecar may be, the second for a native one."""


def has_sidecar(pod: JsonObject) -> bool:
    """Look in both places, whatever the server's version: a name may occur once in a pod."""
    spec = mapping(pod.get("spec"))
    return any(container.get("name") == CONTAINER for place in PLACES for container in sequence(spec.get(place)))
