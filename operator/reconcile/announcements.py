"""Events on resources of ours, each said once for a generation and not at every reconcile."""

from otel_operator.json_types import JsonObject
from otel_operator.kinds import COLLECTOR, Kind
from otel_operator.kube.events import EventType, Recorder
from otel_operator.reconcile.ownership import Key

_MOST = 50
"""Different events for one generation of a resource; more are the same failure in other words."""


class Announcements:
    """Remembers what has been said of which resource of one kind."""

    def __init__(self, recorder: Recorder, kind: Kind = COLLECTOR) -> None:
        self._recorder, self._kind = recorder, kind
        self._told: dict[Key, tuple[int | None, set[tuple[str, str]]]] = {}

    def tell(self, key: Key, obj: JsonObject, type_: EventType, reason: str, note: str, action: str = "Reconcile") -> None:
        """Record an event, unless it has been for this generation."""
        generation = obj["metadata"].get("generation")
        if self._told.get(key, (None,))[0] != generation:
            self._told[key] = (generation, set())
        told = self._told[key][1]
        if (reason, note) in told or len(told) >= _MOST:
            return
        told.add((reason, note))
        regarding = {**obj, "apiVersion": self._kind.api_version, "kind": self._kind.kind}
        self._recorder.record(regarding, type_, reason, note, action)

    def forget(self, key: Key) -> None:
        """Forget a resource that is gone or not ours to care for."""
        self._told.pop(key, None)
