"""What one generation of a collector asks for, ready to be compared with what is there. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from otel_operator.api.digest import digest
from otel_operator.json_types import JsonObject
from otel_operator.kinds import kind_of
from otel_operator.labels import YIELD_TO_FOREIGN
from otel_operator.reconcile.ownership import ChildKey, owner_reference
from otel_operator.reconcile.workload import WORKLOAD_KINDS

COLLECTOR_CONTAINER = "otc-container"
_FIRST_KINDS = frozenset({"ServiceAccount", "ConfigMap"})


@dataclass(frozen=True, slots=True)
class Planned:
    """One object to apply."""

    key: ChildKey
    body: JsonObject
    digest: str
    yields: bool

    @property
    def stage(self) -> int:
        """Return when it is applied: 0 what pods need to start, 1 the workload, 2 what only finds its pods."""
        if self.key.kind.kind in _FIRST_KINDS:
            return 0
        return 1 if self.key.kind.kind in WORKLOAD_KINDS else 2


@dataclass(slots=True)
class Plan:
    """The outcome of one planning: kept, without the bodies, so that status changes need no new one."""

    token: str
    """Digest of the collector's parts that the plan depends on (`cache.significant`)."""
    problems: tuple[str, ...] = ()
    digests: dict[ChildKey, str] = field(default_factory=dict)
    workload: ChildKey | None = None
    image: str = ""
    complete: bool = False
    """All objects have been applied and what is not in the plan has been pruned."""


def planned_objects(collector: JsonObject, objects: Iterable[JsonObject]) -> list[Planned]:
    """Give desired children their owner and take our own marker off them."""
    reference = owner_reference(collector)
    planned = []
    for obj in objects:
        bare, yields = unmarked(obj)
        body = {**bare, "metadata": {**bare["metadata"], "ownerReferences": [reference]}}
        planned.append(Planned(key_of(obj), body, digest(body), yields))
    return planned


def unmarked(obj: JsonObject) -> tuple[JsonObject, bool]:
    """Return a desired child without our own marker, and whether it yields to somebody else's object of its name."""
    meta = dict(obj["metadata"])
    annotations = dict(meta.pop("annotations", None) or {})
    yields = annotations.pop(YIELD_TO_FOREIGN, "") == "true"
    if annotations:
        meta["annotations"] = annotations
    return {**obj, "metadata": meta}, yields


def key_of(obj: JsonObject) -> ChildKey:
    """Return the key of a desired child."""
    return ChildKey(kind_of(obj), obj["metadata"]["namespace"], obj["metadata"]["name"])


def main_workload(planned: Iterable[Planned]) -> tuple[ChildKey | None, str]:
    """Return the key of the collector's workload and the image it runs; (None, "") for a sidecar."""
    for item in planned:
        if item.key.kind.kind in WORKLOAD_KINDS:
            containers = item.body["spec"]["template"]["spec"]["containers"]
            named = [c for c in containers if c.get("name") == COLLECTOR_CONTAINER] or containers
            return item.key, str(named[0].get("image", ""))
    return None, ""
