"""Tells whether an object is as we left it, without keeping the object. Pure."""

from otel_operator.api.digest import digest
from otel_operator.json_types import JsonObject

_OTHERS_ANNOTATIONS = frozenset({"deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"})
"""Annotations that Kubernetes' own controllers write after us."""


def fingerprint(obj: JsonObject) -> str:
    """Digest of what a change of spec or metadata by anybody would change, but a status write would not.

    A kind with a generation counts its spec changes itself. For one without, every write counts.
    """
    meta = obj["metadata"]
    if "generation" not in meta:
        return digest([meta.get("uid"), meta.get("resourceVersion")])
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in _OTHERS_ANNOTATIONS}
    return digest([meta.get("uid"), meta["generation"], meta.get("labels"), annotations, meta.get("ownerReferences")])
