"""What a sidecar is told of the pod it runs in, for its resource detection (`env` detector)."""

from collections.abc import Iterator

from otel_operator.components.env import field_variable
from otel_operator.inject.subject import Subject
from otel_operator.json_types import JsonObject

ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"
_FIELDS = {"POD_NAME": "metadata.name", "POD_UID": "metadata.uid", "NODE_NAME": "spec.nodeName"}
_OWNERS = ("replicaset", "deployment")
"""Kinds of owners that are said."""


def attribute_variables(subject: Subject) -> Iterator[JsonObject]:
    """Yield the variables in their order: fields that only the kubelet knows come before what refers to them."""
    for name, path in _FIELDS.items():
        yield field_variable(f"{ATTRIBUTES}_{name}", path)
    attributes = {
        "k8s.namespace.name": subject.namespace,
        "k8s.node.name": f"$({ATTRIBUTES}_NODE_NAME)",
        "k8s.pod.name": f"$({ATTRIBUTES}_POD_NAME)",
        "k8s.pod.uid": f"$({ATTRIBUTES}_POD_UID)",
    }
    for owner in subject.owners:
        kind = owner.kind.lower()
        if kind in _OWNERS:
            # The nearest of a kind: a chain has one of each, a pod with several owners tells its first.
            attributes.setdefault(f"k8s.{kind}.name", owner.name)
            attributes.setdefault(f"k8s.{kind}.uid", owner.uid)
    text = ",".join(f"{key}={attributes[key]}" for key in sorted(attributes))
    yield {"name": ATTRIBUTES, "value": text}
