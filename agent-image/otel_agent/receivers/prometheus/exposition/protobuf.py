"""Reads the protobuf format: MetricFamily messages, each behind its length. The only format with native histograms."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError
from otel_agent.receivers.prometheus.exposition.native_histogram import NativeHistogramError, from_message
from otel_agent.receivers.prometheus.exposition.protobuf_messages import TYPE_NAMES, MetricFamily
from otel_agent.receivers.prometheus.exposition.text import Reading, check_sample_limit
from otel_agent.receivers.prometheus.otlp.catalog import Catalog
from otel_agent.receivers.prometheus.otlp.series import Exemplar, Extra, Series

STALE = struct.pack("<Q", 0x7FF0000000000002)
"""The NaN by which Prometheus marks a series as gone, as little-endian bytes."""

_Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProtobufRules:
    """What to make of histograms, and of times."""

    honor_timestamps: bool = True
    native_histograms: bool = False
    classic_too: bool = False
    """Also the classic buckets of a histogram that has native ones."""
    bucket_limit: int = 0


def read_protobuf(body: bytes, catalog: Catalog, reading: Reading, rules: ProtobufRules) -> None:
    """Read a whole exposition into `reading`; `ExpositionError` when it is malformed or breaks a limit."""
    reader = _Reader(catalog, reading, rules)
    try:
        for message in _messages(body):
            reader.family(MetricFamily.FromString(message))
            check_sample_limit(reading)
    except (DecodeError, NativeHistogramError) as error:
        raise ExpositionError(f"malformed protobuf exposition: {error}") from error


def _messages(body: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(body):
        length = shift = 0
        while True:
            if position >= len(body) or shift > 28:
                raise ExpositionError("malformed protobuf exposition: no length before a message")
            byte = body[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if position + length > len(body):
            raise ExpositionError("malformed protobuf exposition: it ends within a message")
        yield body[position : position + length]
        position += length


class _Reader:
    def __init__(self, catalog: Catalog, reading: Reading, rules: ProtobufRules) -> None:
        self._catalog = catalog
        self._reading = reading
        self._rules = rules

    def family(self, family: Any) -> None:
        name = family.name
        if not name:
            raise ExpositionError("malformed protobuf exposition: a family without a name")
        type_ = TYPE_NAMES[family.type] if 0 <= family.type < len(TYPE_NAMES) else "unknown"
        self._catalog.describe(name, type_=type_, help_=family.help, unit=family.unit)
        for metric in family.metric:
            labels = tuple((pair.name, pair.value) for pair in metric.label)
            time = metric.timestamp_ms if metric.HasField("timestamp_ms") and self._rules.honor_timestamps else None
            match type_:
                case "counter":
                    counter = metric.counter
                    exemplars = _exemplars([counter.exemplar] if counter.HasField("exemplar") else [])
                    self._add(name, labels, counter.value, Extra(time, _created(counter), exemplars))
                case "gauge":
                    self._add(name, labels, metric.gauge.value, Extra(time))
                case "summary":
                    self._summary(name, labels, metric.summary, time)
                case "histogram":
                    self._histogram(name, labels, metric.histogram, time)
                case "gaugehistogram":
                    pass
                case _:
                    self._add(name, labels, metric.untyped.value, Extra(time))

    def _summary(self, name: str, labels: _Labels, summary: Any, time: int | None) -> None:
        extra = Extra(time, _created(summary))
        self._add(f"{name}_count", labels, float(summary.sample_count), extra)
        self._add(f"{name}_sum", labels, summary.sample_sum, extra)
        for each in summary.quantile:
            self._add(name, (*labels, ("quantile", repr(each.quantile))), each.value, extra)

    def _histogram(self, name: str, labels: _Labels, histogram: Any, time: int | None) -> None:
        native = bool(histogram.positive_span or histogram.negative_span or histogram.HasField("zero_threshold"))
        native = native and self._rules.native_histograms
        created = _created(histogram)
        if native:
            exemplars = _exemplars(
                histogram.exemplars or [each.exemplar for each in histogram.bucket if each.HasField("exemplar")]
            )
            series = self._add(name, labels, histogram.sample_sum, Extra(time, created, exemplars), native=True)
            if series is not None:
                series.native = from_message(histogram).limited(self._rules.bucket_limit)
            if not (self._rules.classic_too and histogram.bucket):
                return
        extra = Extra(time, created)
        count = histogram.sample_count_float or float(histogram.sample_count)
        self._add(f"{name}_count", labels, count, extra)
        self._add(f"{name}_sum", labels, histogram.sample_sum, extra)
        for bucket in histogram.bucket:
            bound = "+Inf" if bucket.upper_bound == float("inf") else repr(bucket.upper_bound)
            cumulative = bucket.cumulative_count_float or float(bucket.cumulative_count)
            exemplars = _exemplars([bucket.exemplar] if bucket.HasField("exemplar") else [])
            self._add(f"{name}_bucket", (*labels, ("le", bound)), cumulative, Extra(time, created, exemplars))

    def _add(self, name: str, labels: _Labels, value: float, extra: Extra, *, native: bool = False) -> Series | None:
        key = (name, labels, native)
        series = self._catalog.known.get(key)
        if series is None:
            series = self._catalog.add(key, name, labels, native=native)
        if series.epoch == self._reading.epoch:
            self._reading.duplicates += 1
            return None
        if value != value and struct.pack("<d", value) == STALE:
            self._reading.stale.append(series)
            return None
        series.epoch = self._reading.epoch
        series.value = value
        series.extra = extra if extra.timestamp is not None or extra.created is not None or extra.exemplars else None
        self._reading.series.append(series)
        return series


def _created(message: Any) -> int | None:
    if not message.HasField("created_timestamp"):
        return None
    time = message.created_timestamp
    return int(time.seconds) * 1000 + int(time.nanos) // 1_000_000


def _exemplars(exemplars: Any) -> tuple[Exemplar, ...]:
    return tuple(
        Exemplar(
            tuple((pair.name, pair.value) for pair in each.label),
            each.value,
            each.timestamp.seconds * 1000 + each.timestamp.nanos // 1_000_000 if each.HasField("timestamp") else None,
        )
        for each in exemplars
    )
