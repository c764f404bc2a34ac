"""One log entry on its way through the operators."""

from typing import Any, Protocol

Value = Any
"""None, bool, int, float, str, bytes, a list of values, or a dict from text to values."""
NO_MAP: dict[str, Value] = {}
"""What an entry without resource attributes has; never changed, see `Entry.resource`."""


class Origin(Protocol):
    """Where entries come from, and whether all that were read before a position have been handed on."""

    def hold(self, position: int) -> None:
        """Note that an operator keeps an entry that began at this byte: it must be read again should the process end now."""
        ...

    def release(self, position: int) -> None:
        """Note that the entry has been handed on, or became part of one that has."""
        ...


class EntryError(Exception):
    """An operator could not do its work on an entry; the message says what was wrong with the entry."""


class Entry:
    """A mutable record. `attributes` belongs to the entry; `resource` may be shared and is replaced, never changed."""

    __slots__ = (
        "attributes",
        "body",
        "observed",
        "origin",
        "position",
        "resource",
        "scope_name",
        "severity",
        "severity_text",
        "span_id",
        "timestamp",
        "trace_flags",
        "trace_id",
    )

    def __init__(
        self,
        body: Value,
        attributes: dict[str, Value],
        observed: int,
        resource: dict[str, Value] = NO_MAP,
        origin: Origin | None = None,
        position: int = 0,
    ) -> None:
        self.body = body
        self.attributes = attributes
        self.observed = observed
        """Nanoseconds since 1970, as `timestamp`."""
        self.resource = resource
        self.origin = origin
        self.position = position
        """Byte of the origin where the entry begins."""
        self.timestamp = 0
        self.severity = 0
        """Severity number of OpenTelemetry, 1 to 24; 0 is unknown."""
        self.severity_text = ""
        self.trace_id = b""
        self.span_id = b""
        self.trace_flags = 0
        self.scope_name = ""

    def copy(self) -> "Entry":
        """Return an entry that can be changed without this one noticing."""
        twin = Entry(copied(self.body), copied(self.attributes), self.observed, self.resource, self.origin, self.position)
        twin.timestamp = self.timestamp
        twin.severity = self.severity
        twin.severity_text = self.severity_text
        twin.trace_id = self.trace_id
        twin.span_id = self.span_id
        twin.trace_flags = self.trace_flags
        twin.scope_name = self.scope_name
        return twin


def copied(value: Value) -> Value:
    """Return a copy of a value, its maps and lists included."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value
