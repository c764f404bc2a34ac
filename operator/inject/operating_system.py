"""For which operating system a pod is, as far as it says so. Pure.

https://kubernetes.io/docs/concepts/windows/user-guide/ asks for `spec.os.name` and a node selector; many pods have the
second only.
"""

from otel_operator.components.collector_config import mapping
from otel_operator.json_types import JsonObject

_NODE_LABELS = ("kubernetes.io/os", "beta.kubernetes.io/os")


def windows_because(spec: JsonObject) -> str:
    """Return the field of a pod's spec that makes it one for Windows, "" where none does."""
    if mapping(spec.get("os")).get("name") == "windows":
        return "spec.os.name"
    selector = mapping(spec.get("nodeSelector"))
    return next((f"spec.nodeSelector[{label}]" for label in _NODE_LABELS if selector.get(label) == "windows"), "")
