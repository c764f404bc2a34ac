"""What `process(batch)` is given: one request, decoded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from otel_agent.pdata.slim import LAYOUTS
from otel_agent.pdata.telemetry import Signal
from otel_agent.scripting.attributes import Attributes
from otel_agent.scripting.items import Item, Metric, Point, Record, Span, walk

_MAKES: Mapping[Signal, type[Item]] = {Signal.TRACES: Span, Signal.METRICS: Metric, Signal.LOGS: Record}


class Batch:
    """Spans, metrics or log records that came in one request, with their resources.

    `spans`, `records`, `metrics` and `points` are empty when the batch is of another signal. Objects are changed in place.
    """

    def __init__(self, signal: Signal, request: Any, settings: Mapping[str, Any]) -> None:
        self.signal = str(signal)
        """`traces`, `metrics` or `logs`."""
        self.settings = settings
        """`settings` of the processor's configuration."""
        self.raw = request
        """The OTLP export request."""
        self.dropped = False
        layout = LAYOUTS[signal]
        self._layout = layout
        self._items = list(walk(getattr(request, layout.resources), layout.scopes, layout.items, _MAKES[signal]))

    @property
    def spans(self) -> Sequence[Span]:
        """All spans."""
        return [item for item in self._items if isinstance(item, Span)]

    @property
    def records(self) -> Sequence[Record]:
        """All log records."""
        return [item for item in self._items if isinstance(item, Record)]

    @property
    def metrics(self) -> Sequence[Metric]:
        """All metrics."""
        return [item for item in self._items if isinstance(item, Metric)]

    @property
    def points(self) -> Sequence[Point]:
        """All data points of all metrics."""
        return [point for metric in self.metrics for point in metric.points]

    @property
    def resources(self) -> Sequence[Attributes]:
        """Attributes of each resource."""
        return [Attributes(resource.resource.attributes) for resource in getattr(self.raw, self._layout.resources)]

    def drop(self) -> None:
        """Take all of it out."""
        self.dropped = True

    def finish(self) -> Any:
        """Return the request without what was dropped, and without resources, scopes and metrics that are left with nothing."""
        if self.dropped:
            return type(self.raw)()
        for item in self._items:
            _finish_parts(item)
        gone = {id(item.raw) for item in self._items if item.dropped}
        if gone:
            resources = getattr(self.raw, self._layout.resources)
            for resource in resources:
                scopes = getattr(resource, self._layout.scopes)
                for scope in scopes:
                    _keep(getattr(scope, self._layout.items), lambda raw: id(raw) not in gone)
                _keep(scopes, lambda scope: len(getattr(scope, self._layout.items)) > 0)
            _keep(resources, lambda resource: len(getattr(resource, self._layout.scopes)) > 0)
        return self.raw


def _finish_parts(item: Item) -> None:
    """Take dropped events and points out; a metric without points is dropped itself."""
    if not isinstance(item, Span | Metric) or item.parts is None:
        return
    gone = {id(part.raw) for part in item.parts if part.dropped}
    if not gone:
        return
    remaining = item.raw.events if isinstance(item, Span) else getattr(item.raw, item.type).data_points
    _keep(remaining, lambda raw: id(raw) not in gone)
    if isinstance(item, Metric) and not remaining:
        item.drop()


def _keep(messages: Any, stays: Callable[[Any], bool]) -> None:
    kept = [message for message in messages if stays(message)]
    if len(kept) < len(messages):
        del messages[:]
        messages.extend(kept)
