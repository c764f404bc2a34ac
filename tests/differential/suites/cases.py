"""Many statements in one configuration: each item says in its `case` which one is about it, and has a name of its own in `id`."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from google.protobuf.message import Message

from tests.differential import generating
from tests.differential.comparing import Difference, Item
from tests.interop.arrivals import Signal

CASE = "case"
_SMALL = ("http.method", "http.status_code", "service.name", "error", "user.id", "k")


def chosen(context: str, number: int) -> str:
    """Return the condition that an item is about this case."""
    if context == "metric":
        return f'metric.description == "{number}"'
    return f'{context}.attributes["{CASE}"] == {number}'


def generator(signal: Signal, cases: int) -> Callable[[Random], Message]:
    """Return what makes requests whose items name a case each; several requests' worth of items are in one."""
    make: Callable[[Random], Any] = {"logs": generating.logs, "traces": generating.traces, "metrics": generating.metrics}[signal]

    def generate(random: Random) -> Message:
        request = make(random)
        for _ in range(9):
            request.MergeFrom(make(random))
        for serial, (item, points) in enumerate(_items(request, signal)):
            number = random.randrange(cases)
            if signal == "metrics":
                item.description = str(number)
                item.metadata.add(key="id").value.int_value = serial
            for entries in points:
                kept = {entry.key: entry for entry in entries}
                for key in _SMALL:
                    if key not in kept and random.random() < 0.3:
                        generating.fill(entries.add(key=key).value, _usual(random))
                entries.add(key=CASE).value.int_value = number
                if signal != "metrics":
                    entries.add(key="id").value.int_value = serial
        return request  # type: ignore[no-any-return]

    return generate


def _usual(random: Random) -> Any:
    """What statements mostly meet: words and small numbers."""
    return random.choice((random.choice(generating.WORDS), random.randint(-3, 12), random.choice((1.5, 10.0)), True))


def _items(request: Any, signal: Signal) -> list[tuple[Any, list[Any]]]:
    if signal == "logs":
        return [(r, [r.attributes]) for g in request.resource_logs for s in g.scope_logs for r in s.log_records]
    if signal == "traces":
        return [(r, [r.attributes]) for g in request.resource_spans for s in g.scope_spans for r in s.spans]
    return [
        (metric, [point.attributes for point in getattr(metric, metric.WhichOneof("data")).data_points])
        for group in request.resource_metrics
        for scope in group.scope_metrics
        for metric in scope.metrics
    ]


def identity(item: Item) -> str:
    """Return the name that the generator gave to an item."""
    form = item.item
    held = form.get("metadata") or form.get("attributes") or {}
    return str(held.get("id"))


def case_of(difference: Difference) -> int | None:
    """Return which case a difference is about."""
    item = difference.sent or difference.go or difference.ours
    if item is None:
        return None
    if "description" in item.item:
        return int(item.item["description"])
    case = item.item.get("attributes", {}).get(CASE)
    return case["int"] if case else None
