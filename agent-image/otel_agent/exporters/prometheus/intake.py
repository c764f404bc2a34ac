"""Takes metrics requests in: finds the series of each point and updates it.

A point is recognised by the bytes of its attributes, so that a point of a known series costs a look-up and no decoding. Names and
labels are made when unknown bytes come; they may turn out to be a known series with its attributes in another order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from otel_agent.exporters.prometheus.exemplars import shown_exemplars
from otel_agent.exporters.prometheus.families import Families
from otel_agent.exporters.prometheus.naming import Naming
from otel_agent.exporters.prometheus.refusals import Reason, Refusals
from otel_agent.exporters.prometheus.series import Series
from otel_agent.exporters.prometheus.streams import KINDS, Stream, is_untyped
from otel_agent.exporters.prometheus.targets import Target, attributes_of, scope_labels, target_of
from otel_agent.pdata import kernel
from otel_agent.pdata.points import CUMULATIVE, DELTA, NO_RECORDED_VALUE, NumberPoint, attributes_in
from otel_agent.prometheus.labels import labels_text
from otel_agent.prometheus.names import MetricType

_SLICE = 1000
"""Points between two chances for others to run."""
_MOST_TARGETS = 20_000
_MOST_STREAMS = 200_000
"""Scopes of resources, and metrics of those, that are recognised by their bytes; beyond this they are made anew."""
_SPARE_KEYS = 1000


class Intake:
    """The way from requests to `Families`."""

    def __init__(self, naming: Naming, families: Families, refusals: Refusals, clock: Callable[[], float]) -> None:
        self._naming = naming
        self._families = families
        self._refusals = refusals
        self._clock = clock
        self._targets: dict[bytes, Target] = {}
        self._scopes: dict[tuple[bytes, bytes, str], dict[tuple[str, str, str], Stream | None]] = {}
        self._streams = 0
        self.infos: dict[tuple[str, str], Target] = {}
        """Of each job and instance, the latest resource."""

    def take(self, request: Any) -> Iterator[None]:
        """Update series from a `parse_metrics` request; yields now and then. `InvalidTelemetry`, after which the rest is lost."""
        seen = 0
        for resource in request.resource_metrics:
            target = self._target(resource.resource)
            for scope in resource.scope_metrics:
                streams = self._scope(resource.resource, scope)
                for metric in scope.metrics:
                    kind = metric.WhichOneof("data")
                    if kind is None:
                        continue
                    seen += self._take_metric(target, scope, streams, metric, kind)
                    if seen >= _SLICE:
                        seen = 0
                        yield

    def expire(self, before: float) -> int:
        """Forget what had its last point before that time of the clock; return how many series that were."""
        gone = self._families.expire(before)
        for identity in [identity for identity, target in self.infos.items() if target.updated < before]:
            del self.infos[identity]
        if gone:
            self._sweep()
        return gone

    def _take_metric(
        self, target: Target, scope: Any, streams: dict[tuple[str, str, str], Stream | None], metric: Any, kind: str
    ) -> int:
        """Take all points of a metric; return how many it has."""
        data: Any = getattr(metric, kind)
        points: Sequence[Any]
        if kind in ("gauge", "sum"):
            temporality, monotonic, points = kernel.number_points(data)
        else:
            temporality, monotonic, points = getattr(data, "aggregation_temporality", 0), False, data.data_points
        delta = False
        if kind not in ("gauge", "summary"):
            delta = temporality == DELTA
            if (delta and kind == "sum" and not monotonic) or temporality not in (CUMULATIVE, DELTA):
                self._refusals.add(Reason.TEMPORALITY, metric.name, len(points))
                return len(points)
        key = (metric.name, metric.unit, "counter" if kind == "sum" and monotonic else kind)
        stream = streams[key] if key in streams else self._new_stream(target, scope, streams, key, metric, kind)
        if stream is None:
            self._refusals.add(Reason.INVALID_NAME, metric.name, len(points))
        elif kind in ("gauge", "sum"):
            self._take_numbers(stream, points, delta)
        else:
            self._take_points(stream, points, delta)
        return len(points)

    def _take_numbers(self, stream: Stream, points: Iterable[NumberPoint], delta: bool) -> None:
        """Take the points of a gauge or a sum, by far the most common ones."""
        now, known = self._clock(), stream.points
        stream.target.updated = now
        for key, time, start, value, flags, exemplars in points:
            series: Any = known.get(key)
            if series is None or series.family is None or flags & NO_RECORDED_VALUE:
                series = self._series_for(stream, series, key, flags, partial(attributes_in, key))
                if series is None:
                    continue
            if time >= series.time:
                series.take(value, time, start, delta)
                if exemplars is not None:
                    series.exemplar = max(shown_exemplars(exemplars), key=lambda exemplar: exemplar.time)
                series.updated = now

    def _take_points(self, stream: Stream, points: Any, delta: bool) -> None:
        """Take the points of all other kinds."""
        now, known = self._clock(), stream.points
        stream.target.updated = now
        for point in points:
            key = b"".join(point.attributes)
            series: Any = known.get(key)
            if series is None or series.family is None or point.flags & NO_RECORDED_VALUE:
                series = self._series_for(stream, series, key, point.flags, partial(getattr, point, "attributes"))
                if series is None:
                    continue
            if point.time_unix_nano < series.time:
                continue
            if not series.update(point, delta, shown_exemplars):
                self._refusals.add(Reason.MISALIGNED, stream.name)
                continue
            series.updated = now

    def _series_for(
        self, stream: Stream, known: Series | None, key: bytes, flags: int, attributes: Callable[[], Iterable[bytes]]
    ) -> Series | None:
        """Make a series that is not shown, take one away that has ended; None where the point has no more to say."""
        shown = known if known is not None and known.family is not None else None
        if flags & NO_RECORDED_VALUE:
            if shown is not None:
                self._families.remove(shown)
            return None
        return shown or self._new_series(stream, key, attributes())

    def _target(self, data: bytes) -> Target:
        target = self._targets.get(data)
        if target is None:
            if len(self._targets) >= _MOST_TARGETS:
                self._forget()
            target = self._targets[data] = target_of(data, self._naming.labels, self._naming.resource_labels)
        target.updated = self._clock()
        if target.info:
            self.infos[target.identity["job"], target.identity["instance"]] = target
        return target

    def _scope(self, resource: bytes, scope: Any) -> dict[tuple[str, str, str], Stream | None]:
        key = (resource, scope.scope, scope.schema_url)
        streams = self._scopes.get(key)
        if streams is None:
            if len(self._scopes) >= _MOST_TARGETS:
                self._forget()
            streams = self._scopes[key] = {}
        return streams

    def _new_stream(
        self,
        target: Target,
        scope: Any,
        streams: dict[tuple[str, str, str], Stream | None],
        key: tuple[str, str, str],
        metric: Any,
        kind: str,
    ) -> Stream | None:
        """Name a metric that has not come from there before; None when it cannot have a name."""
        shown, make = KINDS[kind]
        if key[2] == "counter":
            shown = MetricType.COUNTER
        elif kind == "gauge" and is_untyped(metric):
            shown = MetricType.UNTYPED
        stream: Stream | None = None
        try:
            name = self._naming.metrics.name(metric.name, metric.unit, shown, gauge=kind == "gauge")
            labels = scope_labels(scope.scope, scope.schema_url, self._naming.labels) if self._naming.scope_info else {}
            labels = {**labels, **target.identity, **self._naming.const_labels}
            stream = Stream(target, labels, name, metric, shown, make)
        except ValueError:
            pass  # counted for every point of it
        if self._streams >= _MOST_STREAMS:
            self._forget()
        streams[key] = stream
        self._streams += 1
        return stream

    def _new_series(self, stream: Stream, key: bytes, attributes: Iterable[bytes]) -> Series | None:
        """Return the series that these attributes name, and remember it by its bytes; None, counted, when there can be none."""
        family = self._families.family(stream.name, stream.kind, stream.help, stream.unit)
        if family is None:
            self._refusals.add(Reason.TYPE_CONFLICT, stream.name, dropped=str(stream.kind))
            return None
        pairs = attributes_of(attributes)
        if stream.target.attributes:
            taken = {pair[0] for pair in stream.target.attributes}
            pairs = [*(pair for pair in pairs if pair[0] not in taken), *stream.target.attributes]
        try:
            labels = self._naming.series_labels(pairs)
        except ValueError:
            self._refusals.add(Reason.INVALID_NAME, stream.name)
            return None
        series = self._families.series(family, labels_text({**labels, **stream.labels}), stream.make)
        if series is not None:
            if family.help != stream.help:
                self._refusals.help_conflict(stream.name, family.help, stream.help)
            if len(stream.points) > 2 * len(family.series) + _SPARE_KEYS:
                stream.points.clear()  # the same series in ever new orders of attributes
            stream.points[key] = series
        return series

    def _sweep(self) -> None:
        """Let go of keys whose series are no longer shown."""
        used = set()
        for scope, streams in list(self._scopes.items()):
            for key, stream in list(streams.items()):
                if stream is not None:
                    stream.points = {point: series for point, series in stream.points.items() if series.family is not None}
                if stream is None or not stream.points:
                    del streams[key]
                    self._streams -= 1
            if streams:
                used.add(scope[0])
            else:
                del self._scopes[scope]
        self._targets = {data: target for data, target in self._targets.items() if data in used}

    def _forget(self) -> None:
        """Recognise nothing any more: the series themselves stay, and are found again by their labels."""
        self._targets.clear()
        self._scopes.clear()
        self._streams = 0
