"""Requests in a form in which equal ones are equal: the order of attributes has no meaning, that of items has one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from google.protobuf.message import Message

from tests.interop.arrivals import Signal

_LEVELS: dict[Signal, tuple[str, str, str, str]] = {
    "traces": ("resource_spans", "resource", "scope_spans", "spans"),
    "metrics": ("resource_metrics", "resource", "scope_metrics", "metrics"),
    "logs": ("resource_logs", "resource", "scope_logs", "log_records"),
}
Form = Any
"""Dicts, lists and scalars."""


@dataclass(frozen=True, slots=True)
class Item:
    """A span, a metric or a log record with its resource and scope."""

    resource: Form
    scope: Form
    item: Form


@dataclass(frozen=True, slots=True)
class Difference:
    """Items at the same place of both outputs, None where one has fewer, and the item that was sent at that place."""

    place: int
    sent: Item | None
    go: Item | None
    ours: Item | None


def form_of(message: Message) -> Form:
    """Return a message by field name, attributes and maps by key, floats that are no number as text."""
    name = message.DESCRIPTOR.name
    if name == "AnyValue":
        return _value(message)
    form: dict[str, Form] = {}
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None and descriptor.message_type.name == "KeyValue":
            form[descriptor.name] = {entry.key: _value(entry.value) for entry in sorted(value, key=lambda entry: str(entry.key))}
        elif descriptor.message_type is not None:
            repeated = isinstance(value, Iterable) and not isinstance(value, Message)
            form[descriptor.name] = [form_of(member) for member in value] if repeated else form_of(value)
        elif isinstance(value, (str, bytes, int, float)):
            form[descriptor.name] = _scalar(value)
        else:
            form[descriptor.name] = [_scalar(member) for member in value]
    return form


def _value(message: Any) -> Form:
    """An AnyValue by the name of its kind, so that 1 and 1.0 differ."""
    kind = message.WhichOneof("value")
    if kind is None:
        return None
    value = getattr(message, kind)
    if kind == "array_value":
        return {"list": [_value(member) for member in value.values]}
    if kind == "kvlist_value":
        return {"map": {entry.key: _value(entry.value) for entry in sorted(value.values, key=lambda entry: str(entry.key))}}
    return {kind.removesuffix("_value"): _scalar(value)}


def _scalar(value: Form) -> Form:
    if isinstance(value, float):
        return str(value) if not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0) else value
    return value.hex() if isinstance(value, bytes) else value


def items_of(requests: Iterable[Message], signal: Signal) -> Iterator[Item]:
    """Return the items of export requests in their order."""
    groups, resource, scopes, items = _LEVELS[signal]
    for request in requests:
        for group in getattr(request, groups):
            around = {"resource": form_of(getattr(group, resource)), "schema_url": group.schema_url}
            for scope in getattr(group, scopes):
                within = {"scope": form_of(scope.scope), "schema_url": scope.schema_url}
                for item in getattr(scope, items):
                    yield Item(around, within, form_of(item))


def differences(sent: Sequence[Item], go: Sequence[Item], ours: Sequence[Item]) -> list[Difference]:
    """Return where two outputs differ, item by item."""
    return [
        Difference(place, sent[place] if place < len(sent) else None, one, other)
        for place, (one, other) in enumerate(zip_longest(go, ours))
        if one != other
    ]


Identity = Callable[[Item], str]


def differences_by_name(sent: Sequence[Item], go: Sequence[Item], ours: Sequence[Item], identity: Identity) -> list[Difference]:
    """Return where two outputs differ, by the items' names, and where the order of what both have does."""
    by_name, one, other = ({identity(item): item for item in items} for items in (sent, go, ours))
    found = [
        Difference(place, by_name.get(name), one.get(name), other.get(name))
        for place, name in enumerate({**by_name, **one, **other})
        if one.get(name) != other.get(name)
    ]
    if not found and list(one) != list(other):
        return differences(sent, go, ours)
    return found


def changed_parts(one: Form, other: Form) -> tuple[Form, Form]:
    """Return of two forms only what differs."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = {key: changed_parts(one.get(key), other.get(key)) for key in {**one, **other} if one.get(key) != other.get(key)}
        return {key: pair[0] for key, pair in pairs.items()}, {key: pair[1] for key, pair in pairs.items()}
    return one, other
