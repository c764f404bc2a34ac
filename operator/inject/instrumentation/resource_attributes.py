"""Resource attributes: where each comes from, and the text of OTEL_RESOURCE_ATTRIBUTES (spec: instrumentation §4.2)."""

from collections.abc import Iterator, Mapping
from typing import Any

from otel_operator.components.collector_config import mapping, sequence
from otel_operator.inject.instrumentation.annotations import RESOURCE_PREFIX
from otel_operator.inject.instrumentation.image_reference import image_version
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject
from otel_operator.labels import VERSION

POD_NAME_VARIABLE = "OTEL_RESOURCE_ATTRIBUTES_POD_NAME"
_OWNER_KINDS = {
    kind.lower(): f"k8s.{kind.lower()}" for kind in ("ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
}


def attributes_of(subject: Subject, container: JsonObject, instrumentation: JsonObject) -> dict[str, str]:
    """Return the attributes of a container's telemetry, but for those of variables and the version.

    From low to high: those of the Instrumentation, what is known of pod and owners, and the pod's annotations.
    """
    resource = mapping(instrumentation.get("resource"))
    own = {str(key): str(value) for key, value in mapping(resource.get("resourceAttributes")).items()}
    known = _known(subject, container["name"], with_uids=resource.get("addK8sUIDAttributes") is True)
    own |= {key: value for key, value in known if value}
    own |= {
        key.removeprefix(RESOURCE_PREFIX): value
        for key, value in subject.annotations.items()
        if key.startswith(RESOURCE_PREFIX) and key != f"{RESOURCE_PREFIX}service.name"
    }
    own["service.namespace"] = subject.annotations.get(f"{RESOURCE_PREFIX}service.namespace") or subject.namespace
    return own


def service_version(subject: Subject, container: JsonObject, *, use_labels: bool) -> str:
    """Return the version of what runs in a container, "" where neither annotation, label nor image tells it."""
    return (
        subject.annotations.get(f"{RESOURCE_PREFIX}service.version")
        or (use_labels and labels_of(subject).get(VERSION))
        or image_version(container.get("image") or "")
        or ""
    )


def labels_of(subject: Subject) -> Mapping[str, Any]:
    """Return the pod's labels."""
    return mapping(mapping(subject.pod.get("metadata")).get("labels"))


def missing(attributes: Mapping[str, str], text: str) -> dict[str, str]:
    """Return the attributes whose key `k=v,k=v` text does not have, written with blanks around it or not."""
    present = {part.partition("=")[0].strip() for part in text.split(",") if "=" in part}
    return {
        key: value
        for key, value in attributes.items()
        # A key with a separator in it is not found again by splitting; an Instrumentation may have one.
        if key not in present and not (_is_odd(key) and f",{key}=" in f",{text}")
    }


def extended(text: str, attributes: Mapping[str, str]) -> str:
    """Append attributes, sorted bytewise, to text that is kept to the letter."""
    addition = ",".join(f"{key}={attributes[key]}" for key in sorted(attributes))
    separator = "," if text and addition and not text.endswith(",") else ""
    return f"{text}{separator}{addition}"


def _is_odd(key: str) -> bool:
    return "," in key or "=" in key or key != key.strip()


def _known(subject: Subject, container: str, *, with_uids: bool) -> Iterator[tuple[str, str]]:
    metadata = mapping(subject.pod.get("metadata"))
    yield "k8s.namespace.name", subject.namespace
    yield "k8s.container.name", container
    yield "k8s.pod.uid", metadata.get("uid") or ""
    yield "k8s.node.name", mapping(subject.pod.get("spec")).get("nodeName") or ""
    instance = subject.annotations.get(f"{RESOURCE_PREFIX}service.instance.id")
    yield "service.instance.id", instance or f"{subject.namespace}.$({POD_NAME_VARIABLE}).{container}"
    # The nearest owner of a kind comes last, so that it counts.
    for kind, name, uid in reversed([*_owners(subject)]):
        attribute = _OWNER_KINDS.get(kind.lower())
        if attribute:
            yield f"{attribute}.name", name
            yield f"{attribute}.uid", uid if with_uids else ""


def _owners(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and UID of the chain of owners, then of owners of the pod that are not in it."""
    for owner in subject.owners:
        yield owner.kind, owner.name, owner.uid
    seen = {owner.uid for owner in subject.owners}
    for reference in sequence(mapping(subject.pod.get("metadata")).get("ownerReferences")):
        if reference.get("uid") not in seen:
            yield reference.get("kind") or "", reference.get("name") or "", reference.get("uid") or ""
