"""The pod as its workload would create it now, before any webhook has seen it. Pure."""

from otel_operator.inject.subject import Owner, Subject
from otel_operator.json_types import JsonObject


def fresh_pod(pod: JsonObject, owner: JsonObject | None) -> JsonObject:
    """Return what the controller `owner` (with `spec.template`) would create in place of `pod`; `pod` itself where it has none.

    Of a pod without a controller only what injection has made of it is known.
    """
    template = ((owner or {}).get("spec") or {}).get("template")
    if owner is None or not isinstance(template, dict):
        return pod
    metadata = {
        **(template.get("metadata") or {}),
        "generateName": f"{owner['metadata']['name']}-",
        "namespace": pod["metadata"]["namespace"],
        "ownerReferences": pod["metadata"].get("ownerReferences") or [],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template.get("spec") or {}}


def subject_of(pod: JsonObject, namespace: JsonObject, owners: tuple[JsonObject, ...]) -> Subject:
    """Return the subject of a decision about `pod`; `owners` are the live objects, nearest first."""
    metadata = namespace.get("metadata") or {}
    chain = tuple(
        Owner(str(obj["apiVersion"]), str(obj["kind"]), str(obj["metadata"]["name"]), str(obj["metadata"].get("uid") or ""))
        for obj in owners
    )
    annotations, labels = metadata.get("annotations") or {}, metadata.get("labels") or {}
    return Subject(pod, str(pod["metadata"]["namespace"]), annotations, labels, chain)
