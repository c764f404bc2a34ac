"""All objects of a kind as last seen, each reduced to what its reader uses: ten thousand cost what their few fields do."""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind

T = TypeVar("T")
_log = logging.getLogger(__name__)


class View(Generic[T]):
    """The kept parts of objects by namespace ("" for a cluster's own) and name; at most `most`, further ones are left out."""

    def __init__(self, kind: Kind, keep: Callable[[JsonObject], T], *, metadata_only: bool, most: int = 100_000) -> None:
        self.kind, self.metadata_only = kind, metadata_only
        self._keep, self._most = keep, most
        self._entries: dict[str, dict[str, T]] = {}
        self._size = 0
        self.filled = asyncio.Event()
        """Set once the first list is complete; from then on what is not here does not exist, but for `left_out`."""
        self.left_out = 0
        """Objects that found no room since the last list."""

    def __len__(self) -> int:
        return self._size

    def get(self, namespace: str, name: str) -> T | None:
        """Return what is kept of one object, None when it is not known."""
        return self._entries.get(namespace, {}).get(name)

    def of(self, namespace: str) -> Collection[T]:
        """Return what is kept of all objects of a namespace."""
        return self._entries.get(namespace, {}).values()

    def put(self, obj: JsonObject) -> None:
        """Take in an object that is new or has changed."""
        namespace, name = key_of(obj)
        siblings = self._entries.setdefault(namespace, {})
        if name not in siblings:
            if self._size >= self._most:
                if not self.left_out:
                    _log.error("view full: kind=%s most=%d, further ones are not kept", self.kind.plural, self._most)
                self.left_out += 1
                return
            self._size += 1
        siblings[name] = self._keep(obj)

    def drop(self, obj: JsonObject) -> None:
        """Forget an object that was deleted."""
        namespace, name = key_of(obj)
        siblings = self._entries.get(namespace, {})
        if siblings.pop(name, None) is not None:
            self._size -= 1
            if not siblings:
                del self._entries[namespace]

    def empty(self) -> "View[T]":
        """Return a view of the same kind with nothing in it, to be filled by a list."""
        return View(self.kind, self._keep, metadata_only=self.metadata_only, most=self._most)

    def replace(self, other: "View[T]") -> None:
        """Take over a list's content at once, so that no reader sees half of it; what a list does not show is gone."""
        self._entries, self._size, self.left_out = other._entries, other._size, other.left_out
        self.filled.set()


def key_of(obj: JsonObject) -> tuple[str, str]:
    """Return namespace ("" for an object of the cluster) and name."""
    metadata = obj["metadata"]
    return str(metadata.get("namespace") or ""), str(metadata["name"])
