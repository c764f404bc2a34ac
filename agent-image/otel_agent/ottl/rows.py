"""Runs statements on values that the kernel takes out of a request and puts back, without decoding the items."""

from collections.abc import Callable, Sequence
from operator import attrgetter, is_
from types import SimpleNamespace
from typing import Any

from otel_agent.ottl.columns import Columns
from otel_agent.ottl.item import Entity, Item
from otel_agent.ottl.values import Value
from otel_agent.pdata.native import NativeKernel
from otel_agent.pdata.telemetry import ClientInfo, Signal

Change = tuple[Sequence[Value] | None, dict[str, Value] | None, bool] | None
"""Values of the assigned fields (... for one that stays), attributes, and whether those are all; None where nothing changed."""


class Row(Entity):
    """What stands for a message in an `Item`: the values that the statements need."""

    __slots__ = ("_body",)

    def __init__(self, message: Any = None, attributes: dict[str, Value] | None = None) -> None:
        super().__init__(message)
        self.begin(message, attributes or {}, None)

    def begin(self, message: Any, attributes: dict[str, Value], body: Value) -> None:
        """Stand for another message: one row serves for all items of a scope, since nothing keeps it."""
        self.message = message
        self._attributes = attributes
        self._body = body
        self._changed = None
        self._new_attributes = False

    def body(self) -> Value:
        """Return the body."""
        return self._body

    def set_body(self, value: Value) -> None:
        """Replace the body."""
        self._body = value

    def change(self, fields: Sequence[Value] | None) -> Change:
        """Return what changed; `fields` are the new values of the assigned fields, None where they are as they were."""
        attributes = self.attributes()
        if self._new_attributes:
            return fields, attributes, True
        if self._changed is not None:
            return fields, {key: attributes[key] for key in self._changed}, False
        return None if fields is None else (fields, None, False)


class RowProgram:
    """Statements of one group, for signals and contexts that have columns."""

    def __init__(self, native: NativeKernel, signal: Signal, context: str, columns: Columns, run: Callable[[Item], None]) -> None:
        self._run = run
        self._wanted = columns
        outer = [
            *(("resource", "attributes", key) for key in columns.resource_keys),
            *(("scope", "attributes", key) for key in columns.scope_keys),
            *(("scope", name) for name in columns.scope_fields),
        ]
        keys = [] if columns.whole else columns.keys
        self._fields = [*columns.fields, *(name for name in columns.assigned if name not in columns.fields)]
        inner = [*((context, "attributes", key) for key in keys), *((context, name) for name in self._fields)]
        self._columns = native.Columns(signal, outer, inner, columns.whole, columns.assigned)
        self._keys = keys
        self._first_field = 1 if columns.whole else len(keys)
        self._body = self._fields.index("body") if "body" in self._fields else None
        self._make_message = _maker(self._fields)
        self._assigned = _reader(columns.assigned)

    def edit(self, data: bytes, client: ClientInfo, cache: dict[str, Value] | None = None) -> bytes:
        """Return the changed request; `data` itself if nothing changed. With a cache, all items share it."""
        changes: list[Change] = []
        changed = False
        run, keys, whole, first, assigned = self._run, self._keys, self._wanted.whole, self._first_field, self._assigned
        make, body = self._make_message, self._body
        for above, rows in self._columns.gather(data):
            resource, scope = self._outer(above)
            row = Row()
            item = Item(resource, scope, row)
            item.client = client
            if cache is not None:
                item.cache = cache
            for values in rows:
                fields = values[first:]
                attributes = values[0] if whole else dict(zip(keys, values, strict=False))
                row.begin(make(fields), attributes, None if body is None else fields[body])
                if cache is None and item.cache:
                    item.cache = {}
                before = None if assigned is None else assigned(row)
                run(item)
                change = row.change(None if assigned is None else _new(before, assigned(row)))
                if change is not None:
                    changed = True
                changes.append(change)
        return self._columns.scatter(data, changes) if changed else data

    def _outer(self, above: tuple[Value, ...]) -> tuple[Row, Row]:
        wanted = self._wanted
        resource_end = len(wanted.resource_keys)
        scope_end = resource_end + len(wanted.scope_keys)
        resource = Row(None, dict(zip(wanted.resource_keys, above, strict=False)))
        message = SimpleNamespace(**dict(zip(wanted.scope_fields, above[scope_end:], strict=True)))
        return resource, Row(message, dict(zip(wanted.scope_keys, above[resource_end:scope_end], strict=True)))


def _new(before: Sequence[Value] | None, after: Sequence[Value]) -> Sequence[Any] | None:
    """Return the values with ... where one is as it was; None where all are."""
    if before is None or all(map(is_, before, after)):
        return None
    return [... if new is old else new for old, new in zip(before, after, strict=True)]


def _maker(names: Sequence[str]) -> Callable[[Sequence[Value]], Any]:
    """Return a function that makes an object with the fields, those of a status in an object of their own."""
    if not names:
        return lambda _: None
    if not any("." in name for name in names):
        return lambda values: SimpleNamespace(**dict(zip(names, values, strict=True)))

    def make(values: Sequence[Value]) -> Any:
        message = SimpleNamespace(status=SimpleNamespace())
        for name, value in zip(names, values, strict=True):
            owner, _, last = name.rpartition(".")
            setattr(message.status if owner else message, last, value)
        return message

    return make


def _reader(names: Sequence[str]) -> Callable[[Row], Sequence[Value]] | None:
    """Return a function that gives the values of the fields, with times as the kernel has them; None for no fields."""
    if not names:
        return None
    gets: list[Callable[[Row], Value]] = []
    for name in names:
        if name == "body":
            gets.append(Row.body)
        else:
            get = attrgetter(f"message.{name}")
            gets.append(_signed(get) if name.endswith("unix_nano") else get)
    return lambda row: [get(row) for get in gets]


def _signed(get: Callable[[Row], Value]) -> Callable[[Row], Value]:
    def read(row: Row) -> Value:
        value = get(row)
        return value - 2**64 if value >= 2**63 else value

    return read
