"""Programs on decoded requests: the portable twin of the native ones, called through `otel_agent.pdata.kernel`."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from otel_agent.pdata import values
from otel_agent.pdata.conditions import Place, Test, compile_condition, compile_find, compile_read
from otel_agent.pdata.count import count_message
from otel_agent.pdata.messages import parse
from otel_agent.pdata.patterns import compile_pattern
from otel_agent.pdata.program import LEVELS, TEXT_FIELDS, Condition, Edit, EditProgram, FilterProgram, Step
from otel_agent.pdata.slim import LAYOUTS
from otel_agent.pdata.telemetry import Signal
from otel_agent.pdata.values import OTHER

_FEW = 16
"""Attributes that are deleted one by one; each time the others move up, so many would take quadratic time."""

_Change = Callable[[Place], bool]
"""Edits the last message of a place; whether anything changed."""


def compile_edits(signal: Signal, level: str, steps: Sequence[Step], condition: Condition | None = None) -> EditProgram:
    """Make a program of steps that have been checked; ValueError for a pattern that is none."""
    return _Edits(signal, level, steps, condition)


def compile_filter(signal: Signal, level: str, condition: Condition) -> FilterProgram:
    """Make a program of a condition that has been checked; ValueError for a pattern that is none."""
    return _Filter(signal, level, condition)


class _Edits:
    def __init__(self, signal: Signal, level: str, steps: Sequence[Step], condition: Condition | None) -> None:
        self._signal = signal
        levels = LEVELS[signal]
        self._depth = levels.index(level)
        self._steps = [
            (_compile_edit(levels[: self._depth + 1], edit), None if only is None else compile_condition(levels, only))
            for edit, only in steps
        ]
        self._chosen: Test = (lambda _: True) if condition is None else compile_condition(levels, condition)

    def edit(self, data: bytes, /) -> bytes:
        request = parse(self._signal, data)
        changed = False
        for place in self._places(request):
            if not self._chosen(place):
                continue
            for change, condition in self._steps:
                if condition is None or condition(place):
                    changed |= change(place)
        return request.SerializeToString() if changed else data

    def _places(self, request: Any) -> list[Place]:
        layout = LAYOUTS[self._signal]
        places: list[Place] = []
        for resource in getattr(request, layout.resources):
            if self._depth == 0:
                places.append((resource.resource,))
                continue
            for scope in getattr(resource, layout.scopes):
                above = (resource.resource, scope.scope)
                if self._depth == 1:
                    places.append(above)
                    continue
                for item in getattr(scope, layout.items):
                    parts = parts_of(self._signal, item) if self._depth > 2 else None
                    places += [(*above, item)] if parts is None else [(*above, item, part) for part in parts]
        return places


class _Filter:
    def __init__(self, signal: Signal, level: str, condition: Condition) -> None:
        self._signal = signal
        levels = LEVELS[signal]
        self._depth = levels.index(level)
        self._drops: Test = compile_condition(levels, condition)

    def keep(self, data: bytes, /) -> tuple[bytes, int, int]:
        request = parse(self._signal, data)
        layout = LAYOUTS[self._signal]
        sweep = _Sweep()
        sweep.over(getattr(request, layout.resources), lambda resource: self._resource(resource, sweep))
        result = request.SerializeToString() if sweep.changed else data
        return result, count_message(self._signal, request), sweep.dropped

    def _resource(self, resource: Any, sweep: "_Sweep") -> bool:
        if self._depth == 0:
            return sweep.stays((resource.resource,), self._drops)
        scopes = getattr(resource, LAYOUTS[self._signal].scopes)
        sweep.over(scopes, lambda scope: self._scope((resource.resource, scope.scope), scope, sweep))
        return len(scopes) > 0

    def _scope(self, above: Place, scope: Any, sweep: "_Sweep") -> bool:
        if self._depth == 1:
            return sweep.stays(above, self._drops)
        items = getattr(scope, LAYOUTS[self._signal].items)
        sweep.over(items, lambda item: self._item((*above, item), sweep))
        return len(items) > 0

    def _item(self, place: Place, sweep: "_Sweep") -> bool:
        if self._depth == 2:
            return sweep.stays(place, self._drops)
        parts = parts_of(self._signal, place[2])
        sweep.over(parts, lambda part: sweep.stays((*place, part), self._drops))
        return self._signal is Signal.TRACES or len(parts) > 0


class _Sweep:
    """What one run of a filter has done so far."""

    def __init__(self) -> None:
        self.dropped = 0
        self.changed = False

    def stays(self, place: Place, drops: Test) -> bool:
        """Ask the condition, and count."""
        dropped = drops(place)
        self.dropped += dropped
        return not dropped

    def over(self, messages: Any, stays: Callable[[Any], bool]) -> None:
        """Remove the members that do not stay from a repeated field."""
        kept = [message for message in messages if stays(message)]
        if len(kept) < len(messages):
            self.changed = True
            del messages[:]
            messages.extend(kept)


def parts_of(signal: Signal, item: Any) -> Any:
    """Events of a span, points of a metric: a repeated field, or an empty list."""
    if signal is Signal.TRACES:
        return item.events
    kind = item.WhichOneof("data")
    return getattr(item, kind).data_points if kind else []


def _compile_edit(levels: tuple[str, ...], edit: Edit) -> _Change:
    match edit:
        case ("insert" | "update" | "upsert" as action, key, source):
            take = _compile_source(levels, source)
            return lambda place: _set(place, key, take(place), present=action != "insert", absent=action != "update")
        case ("delete", key):
            return lambda place: _delete(place, lambda candidate: candidate == key)
        case ("delete_matching", expression):
            pattern = compile_pattern(expression)
            return lambda place: _delete(place, lambda candidate: pattern.search(candidate) is not None)
        case ("keep", keys):
            kept = frozenset(keys)
            return lambda place: _delete(place, lambda candidate: candidate not in kept)
        case ("keep_matching", expression):
            pattern = compile_pattern(expression)
            return lambda place: _delete(place, lambda candidate: pattern.search(candidate) is None)
        case ("assign", field, source):
            return _compile_assignment(levels, field, source)
        case ("hash", key, algorithm):
            return lambda place: _replace(
                place, lambda candidate: candidate == key, lambda value: values.digest(value, algorithm)
            )
        case ("hash_matching", expression, algorithm):
            pattern = compile_pattern(expression)
            return lambda place: _replace(place, pattern.search, lambda value: values.digest(value, algorithm))
        case ("extract", key, expression):
            pattern = compile_pattern(expression)
            return lambda place: _extract(place, key, pattern)
        case ("convert", key, target):
            return lambda place: _replace(place, lambda candidate: candidate == key, lambda value: values.convert(value, target))
        case _:
            raise ValueError(f"not an edit: {edit!r}")


def _compile_assignment(levels: tuple[str, ...], field: str, source: Any) -> _Change:
    kind, what = source
    read = compile_read(levels, what) if kind == "from" else lambda _: what
    wanted = str if field in TEXT_FIELDS else int
    owner, _, name = field.rpartition(".")
    find: Callable[[Any], Any] = attrgetter(owner) if owner else lambda message: message

    def change(place: Place) -> bool:
        value = read(place)
        if type(value) is not wanted:
            return False
        if isinstance(value, int):
            value = value % 2**64 if name.endswith("unix_nano") else (value + 2**31) % 2**32 - 2**31
        setattr(find(place[-1]), name, value)
        return True

    return change


def _compile_source(levels: tuple[str, ...], source: Any) -> Callable[[Place], Any]:
    """Make a function that returns an AnyValue, or None for an attribute that is not there."""
    kind, what = source
    if kind == "value":
        literal = AnyValue()
        values.write(literal, what)
        return lambda _: literal
    if what[1] == "attributes":
        find = compile_find(levels, what)
        return lambda place: None if (entry := find(place)) is None else _copy(entry.value)
    read = compile_read(levels, what)
    return lambda place: _any_value(read(place))


def _copy(value: Any) -> Any:
    copied = AnyValue()
    copied.CopyFrom(value)
    return copied


def _any_value(value: Any) -> Any:
    made = AnyValue()
    if value is not OTHER:
        values.write(made, value)
    return made


def _set(place: Place, key: str, value: Any, *, present: bool, absent: bool) -> bool:
    if value is None:
        return False
    attributes = place[-1].attributes
    found = [entry for entry in attributes if entry.key == key]
    if found and present:
        for entry in found:
            entry.value.CopyFrom(value)
        return True
    if not found and absent:
        attributes.add(key=key).value.CopyFrom(value)
        return True
    return False


def _delete(place: Place, chosen: Callable[[str], bool]) -> bool:
    attributes = place[-1].attributes
    numbers = [number for number, entry in enumerate(attributes) if chosen(entry.key)]
    if len(numbers) > _FEW:
        kept = [entry for entry in attributes if not chosen(entry.key)]
        del attributes[:]
        attributes.extend(kept)
        return True
    for number in reversed(numbers):
        del attributes[number]
    return bool(numbers)


def _replace(place: Place, chosen: Callable[[str], Any], make: Callable[[Any], Any]) -> bool:
    changed = False
    for entry in place[-1].attributes:
        if chosen(entry.key) and (made := make(values.read(entry.value))) is not None:
            entry.value.CopyFrom(_any_value(made))
            changed = True
    return changed


def _extract(place: Place, key: str, pattern: Any) -> bool:
    entry = next((entry for entry in place[-1].attributes if entry.key == key), None)
    text = None if entry is None else values.read(entry.value)
    found = pattern.search(text) if isinstance(text, str) else None
    if found is None:
        return False
    groups = sorted(pattern.groupindex.items(), key=lambda group: group[1])
    extracted = [(name, found.group(number) or "") for name, number in groups]
    for name, value in extracted:
        _set(place, name, _any_value(value), present=True, absent=True)
    return bool(extracted)
