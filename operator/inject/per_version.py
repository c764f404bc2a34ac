"""What follows from an object alone is worked out once for a version of it, not for every pod."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from otel_operator.json_types import JsonObject

T = TypeVar("T")
_MOST_KEPT = 256


@dataclass(slots=True)
class PerVersion(Generic[T]):
    """Keeps what `make` made of the objects last used, known by identity: caches keep an object until it changes."""

    make: Callable[[JsonObject], T]
    _kept: OrderedDict[tuple[str, str], tuple[JsonObject, T]] = field(default_factory=OrderedDict)

    def of(self, obj: JsonObject) -> T:
        """Return `make(obj)`, from memory where this very object has been asked for before."""
        metadata = obj["metadata"]
        key = (str(metadata.get("namespace") or ""), str(metadata["name"]))
        kept = self._kept.get(key)
        if kept is None or kept[0] is not obj:
            kept = self._kept[key] = (obj, self.make(obj))
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept[1]
