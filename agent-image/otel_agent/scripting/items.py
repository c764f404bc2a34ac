"""Spans, events, log records, metrics and data points as people's code sees them.

Every object has `raw`, the OTLP message itself, for fields that have no name here. Times are nanoseconds since 1970.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from otel_agent.pdata import values
from otel_agent.scripting.attributes import Attributes, Plain, checked, plain

STATUSES = ("unset", "ok", "error")
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
METRIC_TYPES = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


class Field:
    """A field of `raw` under its own name or another."""

    def __init__(self, path: str = "") -> None:
        self._path = path.split(".")

    def __set_name__(self, owner: type[Any], name: str) -> None:
        if self._path == [""]:
            self._path = [name]

    def __get__(self, item: Any, owner: type[Any] | None = None) -> Any:
        found = item.raw
        for name in self._path:
            found = getattr(found, name)
        return found

    def __set__(self, item: Any, value: Any) -> None:
        target = item.raw
        for name in self._path[:-1]:
            target = getattr(target, name)
        setattr(target, self._path[-1], value)


class Hex(Field):
    """An id: bytes in OTLP, lower-case hexadecimal here."""

    def __get__(self, item: Any, owner: type[Any] | None = None) -> Any:
        return super().__get__(item).hex()

    def __set__(self, item: Any, value: Any) -> None:
        super().__set__(item, bytes.fromhex(value))


class Named(Field):
    """An enumeration, as a word; ValueError for another word."""

    def __init__(self, path: str, words: tuple[str, ...]) -> None:
        super().__init__(path)
        self._words = words

    def __get__(self, item: Any, owner: type[Any] | None = None) -> Any:
        number = super().__get__(item)
        return self._words[number] if number < len(self._words) else str(number)

    def __set__(self, item: Any, value: Any) -> None:
        if value not in self._words:
            raise ValueError(f"{value!r} is none of {', '.join(self._words)}")
        super().__set__(item, self._words.index(value))


class Item:
    """What all have: attributes, where they come from, and that they can be dropped."""

    __slots__ = ("_above", "dropped", "raw")

    def __init__(self, raw: Any, above: tuple[Any, ...]) -> None:
        self.raw = raw
        self._above = above
        self.dropped = False

    @property
    def attributes(self) -> Attributes:
        """Its own attributes."""
        return Attributes(self.raw.attributes)

    @property
    def resource(self) -> Attributes:
        """Attributes of its resource, which it shares with all items of that resource."""
        return Attributes(self._above[0].resource.attributes)

    @property
    def scope(self) -> Any:
        """The OTLP message of its instrumentation scope: name, version, attributes."""
        return self._above[1].scope

    def drop(self) -> None:
        """Take it out of the batch when `process` returns."""
        self.dropped = True


class Span(Item):
    """A span."""

    __slots__ = ("parts",)

    def __init__(self, raw: Any, above: tuple[Any, ...]) -> None:
        super().__init__(raw, above)
        self.parts: list[Event] | None = None

    name = Field()
    trace_id = Hex()
    span_id = Hex()
    parent_span_id = Hex()
    trace_state = Field()
    kind = Named("kind", KINDS)
    status = Named("status.code", STATUSES)
    status_message = Field("status.message")
    start_time = Field("start_time_unix_nano")
    end_time = Field("end_time_unix_nano")

    @property
    def duration(self) -> float:
        """Seconds."""
        return (int(self.raw.end_time_unix_nano) - int(self.raw.start_time_unix_nano)) / 1e9

    @property
    def events(self) -> Sequence["Event"]:
        """Its events, the same objects each time."""
        if self.parts is None:
            self.parts = [Event(raw, self._above) for raw in self.raw.events]
        return self.parts

    def add_event(self, name: str, time: int, attributes: Mapping[str, Plain] | None = None) -> "Event":
        """Add an event behind the others."""
        event = Event(self.raw.events.add(name=name, time_unix_nano=time), self._above)
        event.attributes.update(attributes or {})
        if self.parts is not None:
            self.parts.append(event)
        return event


class Event(Item):
    """An event of a span."""

    __slots__ = ()
    name = Field()
    time = Field("time_unix_nano")


class Record(Item):
    """A log record."""

    __slots__ = ()
    time = Field("time_unix_nano")
    observed_time = Field("observed_time_unix_nano")
    severity_number = Field()
    severity_text = Field()
    event_name = Field()
    trace_id = Hex()
    span_id = Hex()

    @property
    def body(self) -> Any:
        """As `Plain`; a list or map is a copy."""
        return plain(self.raw.body)

    @body.setter
    def body(self, value: Plain) -> None:
        made = checked(value)
        self.raw.body.Clear()
        values.write(self.raw.body, made)


class Metric(Item):
    """A metric with its data points."""

    __slots__ = ("parts",)

    def __init__(self, raw: Any, above: tuple[Any, ...]) -> None:
        super().__init__(raw, above)
        self.parts: list[Point] | None = None

    name = Field()
    description = Field()
    unit = Field()

    @property
    def type(self) -> str:
        """One of `METRIC_TYPES`, or "" for none."""
        return self.raw.WhichOneof("data") or ""

    @property
    def attributes(self) -> Attributes:
        """A metric has only its points' attributes."""
        raise AttributeError("a metric has no attributes; its points have")

    @property
    def points(self) -> Sequence["Point"]:
        """Its data points, the same objects each time."""
        if self.parts is None:
            kind = self.type
            self.parts = [Point(raw, (*self._above, self)) for raw in getattr(self.raw, kind).data_points] if kind else []
        return self.parts


class Point(Item):
    """A data point."""

    __slots__ = ()
    time = Field("time_unix_nano")
    start_time = Field("start_time_unix_nano")

    @property
    def metric(self) -> Metric:
        """The metric that it belongs to."""
        found: Metric = self._above[2]
        return found

    @property
    def value(self) -> int | float | None:
        """Of a gauge or sum; None when it has none. Histograms and summaries have their fields in `raw`."""
        kind = self.raw.WhichOneof("value") if self.metric.type in ("gauge", "sum") else None
        return None if kind is None else getattr(self.raw, kind)

    @value.setter
    def value(self, value: int | float) -> None:
        if self.metric.type not in ("gauge", "sum"):
            raise AttributeError(f"a point of a {self.metric.type or 'metric without data'} has no single value")
        setattr(self.raw, "as_int" if isinstance(value, int) else "as_double", value)


def walk(resources: Any, scopes: str, items: str, make: type[Item]) -> Iterator[Item]:
    """Make an object for each item, in order."""
    for resource in resources:
        for scope in getattr(resource, scopes):
            for raw in getattr(scope, items):
                yield make(raw, (resource, scope))
