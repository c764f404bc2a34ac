"""What a statement works on: a decoded item with the messages around it, and their attributes as maps once they are read.

Maps are decoded when a statement first reads one and written back when the statements are through. Maps and lists inside them are
never changed in place, only replaced, so values can be handed around freely; the outermost map belongs to its message alone.
"""

from typing import Any

from otel_agent.ottl.values import Value
from otel_agent.pdata.attributes import append_attributes, entries_of, read_attributes
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo
from otel_agent.pdata.values import read_deep, write


class Entity:
    """A message of a request (a resource, a scope, a span, a data point, ...) and what was decoded of it."""

    __slots__ = ("_added", "_attributes", "_changed", "_new_attributes", "holder", "message")

    def __init__(self, message: Any, holder: Any = None) -> None:
        self.message = message
        self.holder = holder
        """The ResourceSpans of a resource, the ScopeSpans of a scope, and so on."""
        self._attributes: dict[str, Value] | None = None
        self._added: dict[str, Value] = {}
        """Attributes that the message lacks."""
        self._changed: set[str] = set()
        """Keys of those that it has and that were set."""
        self._new_attributes = False

    def attributes(self) -> dict[str, Value]:
        """Return the attributes (a metric's metadata), of several with one key the first; for `set_attribute` only to change."""
        found = self._attributes
        if found is None:
            found = self._attributes = read_attributes(self.message)
        return found

    def set_attribute(self, key: str, value: Value) -> None:
        """Set one attribute."""
        attributes = self.attributes()
        if key not in attributes or key in self._added:
            self._added[key] = value
        else:
            self._changed.add(key)
        attributes[key] = value

    def set_attributes(self, attributes: dict[str, Value]) -> None:
        """Replace all attributes."""
        self._attributes = dict(attributes)
        self._new_attributes = True

    def body(self) -> Value:
        """Return the body of a log record."""
        return read_deep(self.message.body)

    def set_body(self, value: Value) -> None:
        """Replace the body of a log record."""
        self.message.body.Clear()
        self.message.body.SetInParent()
        write(self.message.body, value)

    def flush(self) -> bool:
        """Write changed attributes into the message; whether there were any."""
        if self._new_attributes:
            del entries_of(self.message)[:]
            append_attributes(self.message, self.attributes())
        elif self._added or self._changed:
            if self._changed:
                self._flush_changed()
            append_attributes(self.message, self._added)
        else:
            return False
        self._added, self._changed, self._new_attributes = {}, set(), False
        return True

    def forget(self) -> None:
        """Write what has changed and read anew later: for functions that work on the message itself."""
        self.flush()
        self._attributes = None

    def _flush_changed(self) -> None:
        attributes = self.attributes()
        left = set(self._changed)
        for entry in entries_of(self.message):
            if entry.key in left:
                left.discard(entry.key)
                entry.value.Clear()
                write(entry.value, attributes[entry.key])


class Item:
    """What one run of the statements of a context sees."""

    __slots__ = ("cache", "client", "index", "item", "part", "resource", "scope")

    def __init__(
        self,
        resource: Entity,
        scope: Entity | None = None,
        item: Entity | None = None,
        part: Entity | None = None,
        index: int = 0,
    ) -> None:
        self.resource = resource
        self.scope = scope
        self.item = item
        """A span, a metric or a log record."""
        self.part = part
        """A span event or a data point."""
        self.index = index
        """Of the span event in its span."""
        self.cache: dict[str, Value] = {}
        self.client: ClientInfo = NO_CLIENT
