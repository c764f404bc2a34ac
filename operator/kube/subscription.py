"""A store for reflectors that keeps nothing and tells another of each object instead, who knows best what to keep of it."""

from collections.abc import Callable, Set

from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.kube.view import key_of


class Subscription:
    """Tells `changed` of each object and of each change (True: deleted); it must not fail.

    After a list, which is told page by page, `listed` is told the namespaces and names of all that there is: what it does not
    name is gone. The length is that of a list under way.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        listed: Callable[[Set[tuple[str, str]]], None],
        changed: Callable[[JsonObject, bool], None],
        metadata_only: bool = True,
    ) -> None:
        self.kind, self.metadata_only = kind, metadata_only
        self._listed, self._changed = listed, changed
        self._list: set[tuple[str, str]] | None = None

    def __len__(self) -> int:
        return len(self._list or ())

    def put(self, obj: JsonObject) -> None:
        """Tell of an object that is new or has changed."""
        if self._list is not None:
            self._list.add(key_of(obj))
        self._changed(obj, False)

    def drop(self, obj: JsonObject) -> None:
        """Tell of an object that was deleted."""
        self._changed(obj, True)

    def empty(self) -> "Subscription":
        """Return what a list is told through."""
        listing = Subscription(self.kind, listed=self._listed, changed=self._changed, metadata_only=self.metadata_only)
        listing._list = set()
        return listing

    def replace(self, other: "Subscription") -> None:
        """Tell what a list has shown."""
        self._listed(other._list or set())
