"""Health of each component instance as it changes, for extensions that show it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from otel_agent.config.component import ComponentId, ComponentKind


class Status(StrEnum):
    """States of an instance, named as in the Go collector."""

    STARTING = "StatusStarting"
    OK = "StatusOK"
    RECOVERABLE_ERROR = "StatusRecoverableError"
    PERMANENT_ERROR = "StatusPermanentError"
    FATAL_ERROR = "StatusFatalError"
    STOPPING = "StatusStopping"
    STOPPED = "StatusStopped"


_FINAL = {Status.PERMANENT_ERROR, Status.FATAL_ERROR, Status.STOPPED}
_AFTER_FINAL = {Status.STOPPING, Status.STOPPED}


@dataclass(frozen=True, slots=True, order=True)
class InstanceId:
    """One instance in the graph; `part` is its pipeline or signal where an id has several instances."""

    kind: ComponentKind
    component: ComponentId
    part: str = ""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """The state that an instance has now."""

    instance: InstanceId
    status: Status
    error: str = ""


@dataclass(slots=True)
class StatusBoard:
    """The last event of every instance. A permanent or fatal error stays until the instance stops."""

    events: dict[InstanceId, StatusEvent] = field(default_factory=dict)
    watchers: list[Callable[[StatusEvent], None]] = field(default_factory=list)

    def report(self, instance: InstanceId, status: Status, error: str = "") -> None:
        """Record a change and tell the watchers; no change, or one out of a final state, is ignored."""
        before = self.events.get(instance)
        if before is not None and before.status in _FINAL and status not in _AFTER_FINAL:
            return
        event = StatusEvent(instance, status, error)
        if event == before:
            return
        self.events[instance] = event
        for watcher in self.watchers:
            watcher(event)

    def forget(self, instance: InstanceId) -> None:
        """Begin anew for an instance that is made again, or that no longer exists."""
        self.events.pop(instance, None)

    def of(self, kind: ComponentKind, component: ComponentId) -> list[InstanceId]:
        """Return all known instances of a component id."""
        return [instance for instance in self.events if instance.kind is kind and instance.component == component]
