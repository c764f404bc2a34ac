"""Metadata that a collector's children share."""

from collections.abc import Mapping

from otel_operator.api.annotations import STASH_KEYS
from otel_operator.components.image import effective_image
from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.labels import base_labels, copied_annotations
from otel_operator.settings import Settings


def annotations_of(collector: JsonObject, settings: Settings) -> dict[str, str]:
    """Return the CR's annotations that its children get."""
    return copied_annotations(collector, settings.annotations_filter, STASH_KEYS)


def labels_of(collector: JsonObject, name: str, settings: Settings, *, filtered: bool = False) -> dict[str, str]:
    """Return the labels of the child `name`.

    Only workloads are `filtered` by `settings.labels_filter`; the Go operator does not apply it to ConfigMaps, ServiceAccounts
    and Services.
    """
    image = effective_image(collector, settings.collector_image)
    return base_labels(collector, name=name, image=image, labels_filter=settings.labels_filter if filtered else ())


def child(kind: Kind, collector: JsonObject, name: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> JsonObject:
    """Return an object of `kind` beside `collector`, with metadata only; the owner reference is the reconciler's."""
    metadata: JsonObject = {"name": name, "namespace": collector["metadata"].get("namespace", ""), "labels": dict(labels)}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}


def present(**fields: object) -> JsonObject:
    """Return the fields that have a value: unset ones must not be applied, or the API server's defaults would be fought."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
