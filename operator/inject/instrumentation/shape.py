"""Whether the parts of a pod that mutation reads have the types that Kubernetes gives them.

An API server sends nothing else; but mutation must not fail on anything, and checking once here keeps the rest simple.
"""

from collections.abc import Mapping
from typing import Any

_STRINGS = {"*": str}
_CONTAINER = {
    "name!": str,
    "image": str,
    "env": [{"name!": str, "value": str, "valueFrom": {}}],
    "envFrom": [{}],
    "volumeMounts": [{"name!": str, "mountPath!": str, "mountPropagation": str}],
    "securityContext": {"privileged": bool},
    "imagePullPolicy": str,
}
_OWNER = {"apiVersion": str, "kind": str, "name": str, "uid": str}
_METADATA = {
    "name": str,
    "generateName": str,
    "namespace": str,
    "uid": str,
    "labels": _STRINGS,
    "annotations": _STRINGS,
    "ownerReferences": [_OWNER],
}
_SPEC = {
    "containers": [_CONTAINER],
    "initContainers": [_CONTAINER],
    "volumes": [{"name!": str}],
    "nodeName": str,
    "os": {"name": str},
    "resources": {},
    "hostPID": bool,
    "shareProcessNamespace": bool,
}
_METADATA_SHAPE: Any = {"metadata": _METADATA}
_SPEC_SHAPE: Any = {"spec": _SPEC}


def wrong_in_metadata(pod: object) -> str | None:
    """Return the path of the first field of `metadata` with a wrong type, "" for the pod itself, None when all is well."""
    return _wrong(pod, _METADATA_SHAPE, "")


def wrong_in_spec(pod: Mapping[str, Any]) -> str | None:
    """Return the same for `spec`."""
    return _wrong(pod, _SPEC_SHAPE, "")


def _wrong(value: Any, shape: Any, path: str) -> str | None:
    """Compare: a type, a list of one shape, or fields by name (`name!` must be there, `*` stands for all)."""
    if isinstance(shape, type):
        return None if isinstance(value, shape) else path
    if isinstance(shape, list):
        if not isinstance(value, list):
            return path
        wrongs = (_wrong(item, shape[0], f"{path}[{index}]") for index, item in enumerate(value))
    elif not isinstance(value, dict):
        return path
    elif "*" in shape:
        wrongs = (_wrong(inner, shape["*"], f"{path}.{name}") for name, inner in value.items())
    else:
        wrongs = (_wrong_field(value, name, inner, path) for name, inner in shape.items())
    return next((wrong for wrong in wrongs if wrong is not None), None)


def _wrong_field(value: Mapping[str, Any], name: str, shape: Any, path: str) -> str | None:
    required, name = name.endswith("!"), name.rstrip("!")
    inner_path = f"{path}.{name}".lstrip(".")
    inner = value.get(name)
    if inner is None:  # null is how some clients write what is absent
        return inner_path if required else None
    return _wrong(inner, shape, inner_path)
