"""Goes through the items of a decoded request, for one context."""

from collections.abc import Iterator
from typing import Any

from otel_agent.ottl.item import Entity, Item
from otel_agent.pdata.telemetry import NO_CLIENT, ClientInfo, Signal

FIELDS = {
    Signal.TRACES: ("resource_spans", "scope_spans", "spans"),
    Signal.METRICS: ("resource_metrics", "scope_metrics", "metrics"),
    Signal.LOGS: ("resource_logs", "scope_logs", "log_records"),
}
"""Names of the repeated fields from the request down to its spans, metrics or records."""


def walk(signal: Signal, context: str, request: Any, client: ClientInfo = NO_CLIENT) -> Iterator[Item]:
    """Go through what the context is about; what a statement changes in an item is written before the next one comes.

    Metrics that statements append to a scope are gone through as well.
    """
    for item in _walk(signal, context, request):
        item.client = client
        yield item
        for entity in (item.part, item.item):
            if entity is not None:
                entity.flush()


def _walk(signal: Signal, context: str, request: Any) -> Iterator[Item]:
    resources, scopes, items = FIELDS[signal]
    for of_resource in getattr(request, resources):
        resource = Entity(of_resource.resource, of_resource)
        if context == "resource":
            yield Item(resource)
            resource.flush()
            continue
        for of_scope in getattr(of_resource, scopes):
            scope = Entity(of_scope.scope, of_scope)
            if context == "scope":
                yield Item(resource, scope)
            elif context == "spanevent":
                yield from _events(resource, scope, of_scope.spans)
            elif context == "datapoint":
                yield from _points(resource, scope, of_scope.metrics)
            else:
                yield from _items(resource, scope, getattr(of_scope, items))
            scope.flush()
        resource.flush()


def _items(resource: Entity, scope: Entity, messages: Any) -> Iterator[Item]:
    position = 0
    while position < len(messages):  # a statement may append
        yield Item(resource, scope, Entity(messages[position], scope.message))
        position += 1


def _events(resource: Entity, scope: Entity, spans: Any) -> Iterator[Item]:
    for span in spans:
        if span.events:
            entity = Entity(span)
            for index, event in enumerate(span.events):
                yield Item(resource, scope, entity, Entity(event), index)


def _points(resource: Entity, scope: Entity, metrics: Any) -> Iterator[Item]:
    position = 0
    while position < len(metrics):  # a statement may append
        metric = metrics[position]
        kind = metric.WhichOneof("data")
        if kind is not None:
            entity = Entity(metric)
            for point in getattr(metric, kind).data_points:
                yield Item(resource, scope, entity, Entity(point))
        position += 1
