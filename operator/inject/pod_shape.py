"""Whether a pod has the shape that mutation relies on. The API server sends no other; what has another is left alone."""

from collections.abc import Iterator
from typing import Any

from otel_operator.json_types import JsonObject

_CONTAINER_LISTS = ("env", "ports", "volumeMounts")


def shape_problem(pod: JsonObject) -> str | None:
    """Return the first field that is not of its type in `core/v1`, None when all that mutation reads is as it should be."""
    return next(_problems(pod), None)


def _problems(pod: JsonObject) -> Iterator[str]:
    metadata, spec = pod.get("metadata"), pod.get("spec")
    if not isinstance(metadata, dict) or not isinstance(spec, dict):
        yield "metadata and spec must be objects"
        return
    for name in ("annotations", "labels"):
        if not _is_map_of_text(metadata.get(name)):
            yield f"metadata.{name} must be an object of strings"
    if not _are_objects(metadata.get("ownerReferences")):
        yield "metadata.ownerReferences must be a list of objects"
    if not isinstance(spec.get("containers"), list):
        yield "spec.containers must be a list"
    for name in ("containers", "initContainers"):
        yield from _container_problems(name, spec.get(name))
    if not _are_objects(spec.get("volumes")) or not _are_named(spec.get("volumes")):
        yield "spec.volumes must be a list of objects with a name"


def _container_problems(place: str, containers: Any) -> Iterator[str]:
    if not _are_objects(containers) or not _are_named(containers):
        yield f"spec.{place} must be a list of objects with a name"
        return
    for index, container in enumerate(containers or ()):
        for name in _CONTAINER_LISTS:
            if not _are_objects(container.get(name)):
                yield f"spec.{place}[{index}].{name} must be a list of objects"


def _is_map_of_text(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and all(isinstance(text, str) for text in value.values()))


def _are_objects(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(item, dict) for item in value))


def _are_named(items: Any) -> bool:
    return all(isinstance(item.get("name"), str) for item in items or ())
