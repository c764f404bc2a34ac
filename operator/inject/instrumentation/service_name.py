"""The name of the service that a container is (spec: instrumentation §4.1)."""

from collections.abc import Mapping

from otel_operator.components.collector_config import mapping
from otel_operator.inject.instrumentation.annotations import RESOURCE_PREFIX
from otel_operator.inject.instrumentation.resource_attributes import labels_of
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject
from otel_operator.labels import INSTANCE, NAME

_OWNERS = ("deployment", "replicaset", "statefulset", "daemonset", "cronjob", "job")


def service_name(subject: Subject, container: JsonObject, attributes: Mapping[str, str], *, use_labels: bool) -> str:
    """Return the first of: annotation, labels (if used), owner, pod's name, container's name.

    Owners are read from `attributes`, all of them, so that an Instrumentation can supply one and what the container already
    has in OTEL_RESOURCE_ATTRIBUTES hides none.
    """
    labels = labels_of(subject) if use_labels else {}
    candidates = (
        subject.annotations.get(f"{RESOURCE_PREFIX}service.name"),
        labels.get(INSTANCE),
        labels.get(NAME),
        *(attributes.get(f"k8s.{owner}.name") for owner in _OWNERS),
        mapping(subject.pod.get("metadata")).get("name"),
    )
    return str(next((candidate for candidate in candidates if candidate), container["name"]))
