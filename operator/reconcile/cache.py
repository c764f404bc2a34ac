"""What the manager knows of the cluster, kept by watch events and by the answers to its own writes.

Collectors are kept with what decisions need; of a child only who it is, whose it is and whether it is as we left it.
Events and answers arrive in any order, so each carries its resource version and older news is dropped, also news of what is
gone by now: an object that only the cache knows would be reconciled, or taken for present, until the next resync.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from otel_operator.api.digest import digest
from otel_operator.json_types import JsonObject
from otel_operator.reconcile.fingerprint import fingerprint
from otel_operator.reconcile.ownership import ChildKey, Key, owning_collector
from otel_operator.reconcile.workload import Workload, workload_of

_MOST_GONE = 4096
_KEPT_METADATA = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "labels",
    "annotations",
    "finalizers",
    "creationTimestamp",
    "deletionTimestamp",
)


@dataclass(frozen=True, slots=True)
class Child:
    """A live child. `applied` is the digest of the desired object that made it what it is, "" when that is unknown."""

    uid: str
    version: int
    fingerprint: str
    owner: Key | None
    owner_uid: str
    created: str
    deleting: bool
    workload: Workload | None
    applied: str = ""


class Cache:
    """Collectors and children by key. All methods are synchronous: one event loop owns it."""

    def __init__(self) -> None:
        self.collectors: dict[Key, JsonObject] = {}
        self.children: dict[ChildKey, Child] = {}
        self._by_owner: dict[str, set[ChildKey]] = {}
        self._applying: set[ChildKey] = set()
        self._gone: OrderedDict[Key | ChildKey, int] = OrderedDict()
        """Versions at which objects were deleted; the oldest give way."""

    def observe_collector(self, obj: JsonObject, *, deleted: bool = False) -> bool:
        """Take in a watch event or an answer; True when there is something to reconcile (not only a new status)."""
        meta = obj["metadata"]
        key = Key(meta["namespace"], meta["name"])
        known = self.collectors.get(key)
        if version_of(obj) < max(version_of(known) if known else 0, self._gone.get(key, 0)):
            return False
        if deleted:
            self._bury(key, version_of(obj))
            return self.collectors.pop(key, None) is not None
        self.collectors[key] = slim(obj)
        return known is None or significant(known) != significant(obj)

    def observe_child(self, key: ChildKey, obj: JsonObject, *, deleted: bool = False) -> Key | None:
        """Take in a watch event or a listed object; return the owner to reconcile, if this is news to it."""
        known = self.children.get(key)
        if known is not None and (version_of(obj) < known.version or (version_of(obj) == known.version and not deleted)):
            return None
        if version_of(obj) < self._gone.get(key, 0):
            return None
        child = _child(obj)
        if deleted:
            self._drop(key)
            self._bury(key, child.version)
            return child.owner
        if child.owner is None:
            # Not ours, or no longer: then its former owner takes it back.
            self._drop(key)
            return known.owner if known else None
        if known is not None and known.fingerprint == child.fingerprint:
            child = replace(child, applied=known.applied)
        self._store(key, child)
        if known is not None and known.fingerprint == child.fingerprint and known.workload == child.workload:
            return None
        # An echo of a write whose answer is still under way is no news; `record_applied` looks again.
        return None if key in self._applying else child.owner

    @contextmanager
    def applying(self, key: ChildKey) -> Iterator[None]:
        """Mark a write of ours as under way; call `record_applied` inside the block."""
        self._applying.add(key)
        try:
            yield
        finally:
            self._applying.discard(key)

    def record_applied(self, key: ChildKey, live: JsonObject, applied: str) -> bool:
        """Take in the answer to our write; False when a later event has already told of another change."""
        child = replace(_child(live), applied=applied)
        if self._gone.get(key, 0) > child.version:
            return False  # deleted again before the answer came
        known = self.children.get(key)
        if known is None or known.version <= child.version:
            self._store(key, child)
            return True
        if known.fingerprint == child.fingerprint:
            self._store(key, replace(known, applied=applied))
            return True
        return False

    def owned(self, uid: str) -> dict[ChildKey, Child]:
        """Return the children controlled by the collector with this uid."""
        return {key: self.children[key] for key in self._by_owner.get(uid, ())}

    def mark_deleting(self, key: ChildKey) -> None:
        """Remember that a child's deletion is under way; its event will take it out."""
        if child := self.children.get(key):
            self.children[key] = replace(child, deleting=True)

    def forget_collector(self, key: Key) -> None:
        """Drop a collector that is gone without an event."""
        self.collectors.pop(key, None)

    def forget_child(self, key: ChildKey) -> Key | None:
        """Drop a child that a full list no longer shows; return its owner."""
        child = self.children.get(key)
        self._drop(key)
        return child.owner if child else None

    def _bury(self, key: Key | ChildKey, version: int) -> None:
        self._gone[key] = version
        self._gone.move_to_end(key)
        if len(self._gone) > _MOST_GONE:
            self._gone.popitem(last=False)

    def _store(self, key: ChildKey, child: Child) -> None:
        self._drop(key)
        self.children[key] = child
        self._by_owner.setdefault(child.owner_uid, set()).add(key)

    def _drop(self, key: ChildKey) -> None:
        child = self.children.pop(key, None)
        if child is None:
            return
        siblings = self._by_owner[child.owner_uid]
        siblings.discard(key)
        if not siblings:
            del self._by_owner[child.owner_uid]


def slim(obj: JsonObject) -> JsonObject:
    """Keep of a collector what decisions and status need; drops managedFields, which is half of it."""
    meta = {name: obj["metadata"][name] for name in _KEPT_METADATA if name in obj["metadata"]}
    kept: Iterable[str] = (name for name in ("apiVersion", "kind", "spec", "status") if name in obj)
    return {"metadata": meta} | {name: obj[name] for name in kept}


def significant(obj: JsonObject) -> str:
    """Digest of all of a collector that a reconcile depends on; its status is not part of it."""
    meta = obj["metadata"]
    names = ("uid", "generation", "deletionTimestamp", "labels", "annotations", "finalizers")
    return digest([meta.get(name) for name in names])


def version_of(obj: JsonObject) -> int:
    """Resource version as a number, for ordering; 0 when the server's are not numbers."""
    version = str(obj["metadata"].get("resourceVersion") or "")
    return int(version) if version.isdigit() else 0


def _child(obj: JsonObject) -> Child:
    meta = obj["metadata"]
    owner = owning_collector(obj)
    return Child(
        uid=str(meta.get("uid")),
        version=version_of(obj),
        fingerprint=fingerprint(obj),
        owner=owner[0] if owner else None,
        owner_uid=owner[1] if owner else "",
        created=str(meta.get("creationTimestamp") or ""),
        deleting=bool(meta.get("deletionTimestamp")),
        workload=workload_of(obj),
    )
