"""The namespace that holds the operator, under the strictest Pod Security level."""

from otel_operator.json_types import JsonObject
from otel_operator.resources.install.labels import metadata
from otel_operator.resources.install.names import Installation


def namespace(install: Installation) -> JsonObject:
    """Build the Namespace."""
    meta = metadata(install.namespace, "namespace")
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {**meta, "labels": {**meta["labels"], **levels}}}
