"""Runs statements on values that the kernel takes out of a request and puts back, without decoding the items."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from otel_agent.ottl.columns import AROUND, Columns
from otel_agent.ottl.contexts.metrics import DATA_KINDS
from otel_agent.ottl.item import Entity, Item
from otel_agent.ottl.values import Value
from otel_agent.pdata.native import NativeKernel
from otel_agent.pdata.telemetry import ClientInfo, Signal


class Row(Entity):
    """What stands for a message in an `Item`: the values that the statements need. The kernel sees itself what they change."""

    __slots__ = ("values",)

    def __init__(self, message: Any = None, values: dict[str, Value] | None = None) -> None:
        super().__init__(message)
        self.values: dict[str, Value] = {} if values is None else values
        """The attributes."""

    def attributes(self) -> dict[str, Value]:
        """Return the attributes."""
        return self.values

    def set_attribute(self, key: str, value: Value) -> None:
        """Set one attribute."""
        self.values[key] = value

    def set_attributes(self, attributes: dict[str, Value]) -> None:
        """Replace all attributes."""
        self.values = dict(attributes)

    def body(self) -> Value:
        """Return the body."""
        return self.message.body

    def set_body(self, value: Value) -> None:
        """Replace the body."""
        self.message.body = value


class Message(SimpleNamespace):
    """The fields of a message that statements need, under the names that the message has for them."""

    type: int
    """Of a metric: METRIC_DATA_TYPE_*."""

    def WhichOneof(self, _: str) -> str | None:
        """Return the name of a metric's data, as protobuf's messages do."""
        return DATA_KINDS[self.type - 1] if self.type else None


class RowProgram:
    """Statements of one group, for signals and contexts that have columns."""

    def __init__(self, native: NativeKernel, signal: Signal, columns: Columns, run: Callable[[Item], None]) -> None:
        self._run = run
        self._wanted = columns
        keys = None if columns.whole else columns.keys
        assigned = [columns.fields.index(path) for path in columns.assigned]
        self._columns = native.Columns(signal, columns.context, columns.outer, keys, columns.fields, assigned)

    def edit(self, data: bytes, client: ClientInfo, cache: dict[str, Value] | None = None) -> bytes:
        """Return the changed request; `data` itself if nothing changed. With a cache, all items share it."""
        around = AROUND[self._wanted.context]
        messages = {level: Message(status=Message()) for level in (self._wanted.context, around)}
        row = Row(messages[self._wanted.context])  # serves for all items, since nothing keeps it
        item = Item(Row(), Row(), Row(messages[around]), row) if around else Item(Row(), Row(), row)
        item.client = client
        if cache is not None:
            item.cache = cache
        run, shared = self._run, cache is not None

        def begin(above: tuple[Value, ...]) -> None:
            item.resource, item.scope = self._outer(above)

        def run_one(attributes: dict[str, Value]) -> dict[str, Value]:
            row.values = attributes
            if item.cache and not shared:
                item.cache = {}
            run(item)
            return row.values

        holders = [_holder(messages[level], name) for level, name in self._wanted.fields]
        return self._columns.edit(data, holders, begin, run_one)

    def _outer(self, above: tuple[Value, ...]) -> tuple[Row, Row]:
        rows = {"resource": Row(), "scope": Row(Message())}
        for path, value in zip(self._wanted.outer, above, strict=True):
            row = rows[path[0]]
            match path[1:]:
                case ("attributes",):
                    row.values = value
                case ("attributes", key):
                    if value is not None:
                        row.values[key] = value
                case (name,):
                    setattr(row.message, name, value)
        return rows["resource"], rows["scope"]


def _holder(message: Message, name: str) -> tuple[Message, str]:
    """Return the object that has a field, and the field's own name: those of a status are in an object of their own."""
    outer, _, last = name.rpartition(".")
    return (message.status if outer else message), last
