"""Whether the parts of a pod that mutation reads have the types that Kubernetes gives them.

An API server sends nothing else; but mutation must not fail on anything, and checking once here keeps the rest simple.
"""

from collections.abc import Callable, Mapping
from typing import Any

_STRINGS = {"*": str}
_CONTAINER = {
    "name!": str,
    "image": str,
    "env": [{"name!": str, "value": str, "valueFrom": {}}],
    "envFrom": [{}],
    "ports": [{}],
    "volumeMounts": [{"name!": str, "mountPath!": str, "mountPropagation": str}],
    "volumeDevices": [{"name!": str, "devicePath!": str}],
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


def wrong_in_pod(pod: object) -> str | None:
    """Return the path of the first field that is missing or has a wrong type, "" for the pod itself, None when all is well."""
    return None if _is_pod(pod) else _wrong(pod, _POD_SHAPE, "")


def wrong_in_metadata(pod: object) -> str | None:
    """Return the same for `metadata`, which may be missing."""
    return None if _is_metadata_right(pod) else _wrong(pod, _METADATA_SHAPE, "")


def wrong_in_spec(pod: Mapping[str, Any]) -> str | None:
    """Return the same for `spec`, which may be missing, as may its containers."""
    return None if _is_spec_right(pod) else _wrong(pod, _SPEC_SHAPE, "")


def _fits(shape: Any) -> Callable[[Any], bool]:
    """Return what tells whether `_wrong` finds nothing: it makes no paths, which every admission would pay for."""
    if isinstance(shape, type):
        return lambda value: isinstance(value, shape)
    if isinstance(shape, list):
        is_item = _fits(shape[0])
        return lambda value: isinstance(value, list) and all(map(is_item, value))
    if "*" in shape:
        is_value = _fits(shape["*"])
        return lambda value: isinstance(value, dict) and all(map(is_value, value.values()))
    fields = [(name.rstrip("!"), name.endswith("!"), _fits(inner)) for name, inner in shape.items()]

    def has_fields(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        for name, required, is_inner in fields:
            inner = value.get(name)
            if required if inner is None else not is_inner(inner):
                return False
        return True

    return has_fields


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


_METADATA_SHAPE: Any = {"metadata": _METADATA}
_SPEC_SHAPE: Any = {"spec": _SPEC}
_POD_SHAPE: Any = {
    "metadata!": _METADATA,
    "spec!": {"containers!" if name == "containers" else name: shape for name, shape in _SPEC.items()},
}
_is_metadata_right, _is_spec_right, _is_pod = _fits(_METADATA_SHAPE), _fits(_SPEC_SHAPE), _fits(_POD_SHAPE)
