"""Short digests that tell whether an object is as we left it, without keeping the object. Pure."""

import json
from hashlib import blake2b
from typing import Any

from otel_operator.json_types import JsonObject

_OTHERS_ANNOTATIONS = frozenset({"deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"})
"""Annotations that Kubernetes' own controllers write after us."""


def digest(value: Any) -> str:
    """Digest of a JSON value, independent of key order."""
    encoded = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return blake2b(encoded.encode(), digest_size=12).hexdigest()


def fingerprint(obj: JsonObject) -> str:
    """Digest of what a change of spec or metadata by anybody would change, but a status write would not.

    A kind with a generation counts its spec changes itself. For one without, every write counts.
    """
    meta = obj["metadata"]
    if "generation" not in meta:
        return digest([meta.get("uid"), meta.get("resourceVersion")])
    annotations = {key: value for key, value in (meta.get("annotations") or {}).items() if key not in _OTHERS_ANNOTATIONS}
    return digest([meta.get("uid"), meta["generation"], meta.get("labels"), annotations, meta.get("ownerReferences")])
