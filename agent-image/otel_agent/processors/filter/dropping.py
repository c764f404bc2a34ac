"""Drops from decoded requests what meets a condition, and what has nothing left in it then."""

from collections.abc import Callable, Iterator
from typing import Any

from otel_agent.ottl.item import Entity, Item
from otel_agent.ottl.walk import FIELDS
from otel_agent.pdata.telemetry import ClientInfo, Signal

Test = Callable[[Item], bool]


class Dropping:
    """One level of conditions for one signal."""

    def __init__(self, signal: Signal, context: str, test: Test) -> None:
        self._fields = FIELDS[signal]
        self._context = context
        self._test = test
        self._changed = False
        self._client = ClientInfo()

    def apply(self, request: Any, client: ClientInfo) -> bool:
        """Drop; whether anything was."""
        self._changed, self._client = False, client
        self._remove_if(getattr(request, self._fields[0]), self._drops_resource)
        return self._changed

    def _remove_if(self, messages: Any, drops: Callable[[Any], bool]) -> None:
        """Delete in runs, from the end, so that each message moves but once for every run."""
        dropped = [index for index, message in enumerate(messages) if drops(message)]
        self._changed |= bool(dropped)
        for start, end in _runs(dropped):
            del messages[start:end]

    def _meets(self, item: Item) -> bool:
        item.client = self._client
        return self._test(item)

    def _drops_resource(self, of_resource: Any) -> bool:
        resource = Entity(of_resource.resource, of_resource)
        if self._context == "resource":
            return self._meets(Item(resource))
        scopes = getattr(of_resource, self._fields[1])
        self._remove_if(scopes, lambda of_scope: self._drops_scope(resource, of_scope))
        return not scopes

    def _drops_scope(self, resource: Entity, of_scope: Any) -> bool:
        scope = Entity(of_scope.scope, of_scope)
        if self._context == "scope":
            return self._meets(Item(resource, scope))
        items = getattr(of_scope, self._fields[2])
        drops = {"spanevent": self._drops_span_by_events, "datapoint": self._drops_metric_by_points}.get(self._context)
        if drops is None:
            self._remove_if(items, lambda message: self._meets(Item(resource, scope, Entity(message, of_scope))))
        else:
            self._remove_if(items, lambda message: drops(resource, scope, message))
        return not items

    def _drops_span_by_events(self, resource: Entity, scope: Entity, message: Any) -> bool:
        """Drop events only: a span stays, whatever is left of its events."""
        span = Entity(message)
        numbers = iter(range(len(message.events)))
        self._remove_if(message.events, lambda event: self._meets(Item(resource, scope, span, Entity(event), next(numbers))))
        return False

    def _drops_metric_by_points(self, resource: Entity, scope: Entity, message: Any) -> bool:
        kind = message.WhichOneof("data")
        if kind is None:
            return False
        metric, points = Entity(message), getattr(message, kind).data_points
        self._remove_if(points, lambda point: self._meets(Item(resource, scope, metric, Entity(point))))
        return not points


def _runs(indexes: list[int]) -> Iterator[tuple[int, int]]:
    """Find runs of consecutive indexes as start and end, the last one first."""
    end = len(indexes)
    while end:
        start = end - 1
        while start and indexes[start - 1] == indexes[start] - 1:
            start -= 1
        yield indexes[start], indexes[end - 1] + 1
        end = start
