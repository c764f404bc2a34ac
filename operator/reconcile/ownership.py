"""Who owns what: keys of collectors and children, and the owner references between them. Pure."""

from typing import NamedTuple

from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR, Kind


class Key(NamedTuple):
    """A collector resource."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class ChildKey(NamedTuple):
    """An object that the operator writes for a collector."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.kind} {self.namespace}/{self.name}"


def owner_reference(collector: JsonObject) -> JsonObject:
    """Build the controller reference that children of this collector carry."""
    meta = collector["metadata"]
    return {
        "apiVersion": COLLECTOR.api_version,
        "kind": COLLECTOR.kind,
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: JsonObject) -> JsonObject | None:
    """Return the owner reference with `controller: true`, if any."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return dict(reference)
    return None


def owning_collector(obj: JsonObject) -> tuple[Key, str] | None:
    """Return key and uid of the collector that controls the object; None when it is another's or nobody's.

    The version in the reference does not matter: the Go operator wrote v1alpha1 and v1beta1 at different times.
    """
    reference = controller_of(obj)
    if reference is None or reference.get("kind") != COLLECTOR.kind:
        return None
    if str(reference.get("apiVersion", "")).partition("/")[0] != COLLECTOR.group:
        return None
    return Key(str(obj["metadata"]["namespace"]), str(reference["name"])), str(reference["uid"])
