"""Families in the protobuf format, the only one that has native histograms; start times are always in it."""

import math
from collections.abc import Iterator
from typing import Any

from otel_agent.exporters.prometheus.exemplars import ShownExemplar
from otel_agent.exporters.prometheus.families import Family
from otel_agent.exporters.prometheus.formats import Choice
from otel_agent.exporters.prometheus.refusals import Reason, Refusals
from otel_agent.exporters.prometheus.series import (
    ExponentialSeries,
    HistogramSeries,
    NumberSeries,
    Series,
    SummarySeries,
)
from otel_agent.pdata.varint import varint
from otel_agent.prometheus.exposition_proto import METRIC_FAMILY, TYPES, message_class
from otel_agent.prometheus.labels import labels_of
from otel_agent.prometheus.names import MetricType, escaped_label, escaped_name
from otel_agent.prometheus.native_histogram import LEAST_SCALE, spans_and_deltas

_METRIC = message_class("Metric")
_SLICE = 1000
"""Series between two chances for others to run."""
_SECOND = 1_000_000_000
_MILLISECOND = 1_000_000


class ProtobufWriter:
    """Writes families as delimited messages."""

    def __init__(self, choice: Choice, refusals: Refusals, *, legacy_names: bool, timestamps: bool) -> None:
        self._refusals = refusals
        self._escapes = not legacy_names and not choice.utf8
        self._timestamps = timestamps

    def write(self, families: list[Family]) -> Iterator[bytes]:
        """Yield the answer in pieces; between two of them others may run."""
        for family in families:
            name = escaped_name(family.name) if self._escapes else family.name
            parts = [METRIC_FAMILY(name=name, help=family.help, type=TYPES[str(family.kind)]).SerializeToString()]
            for number, series in enumerate(list(family.series.values()), start=1):
                if series.family is not None:
                    parts.append(self._shown(family, series))
                if number % _SLICE == 0:
                    yield b""
            body = b"".join(parts)
            yield varint(len(body)) + body

    def _shown(self, family: Family, series: Series) -> bytes:
        """Return a series as bytes, none when the format has no room for its numbers: it must not cost the others the scrape."""
        try:
            return self._metric(family, series)
        except ValueError as error:
            coarse = isinstance(series, ExponentialSeries) and series.value.scale < LEAST_SCALE
            self._refusals.add(Reason.SCALE if coarse else Reason.RANGE, family.name, error=str(error))
            return b""

    def _metric(self, family: Family, series: Series) -> bytes:
        """Return a series as a field `metric` of the family."""
        metric = _METRIC()
        if isinstance(series, NumberSeries):
            _set_number(metric, family.kind, series)
        elif isinstance(series, HistogramSeries):
            _set_histogram(metric.histogram, series)
        elif isinstance(series, SummarySeries):
            summary = metric.summary
            summary.sample_count, summary.sample_sum = series.count, series.sum
            for quantile, value in sorted(series.quantiles.items()):
                summary.quantile.add(quantile=quantile, value=value)
            _set_time(summary, series.start)
        elif isinstance(series, ExponentialSeries):
            _set_native(metric.histogram, series)
        if self._timestamps and series.time:
            metric.timestamp_ms = series.time // _MILLISECOND
        body: bytes = self._labels(series) + metric.SerializeToString()
        return b"\x22" + varint(len(body)) + body

    def _labels(self, series: Series) -> bytes:
        if series.label_pairs is None or self._escapes:
            labels = _METRIC()
            for name, value in labels_of(series.labels):
                labels.label.add(name=escaped_label(name) if self._escapes else name, value=value)
            pairs: bytes = labels.SerializeToString()
            if self._escapes:
                return pairs
            series.label_pairs = pairs
            return pairs
        return series.label_pairs


def _set_number(metric: Any, kind: MetricType, series: NumberSeries) -> None:
    if kind is MetricType.COUNTER:
        metric.counter.value = series.value
        if series.exemplar is not None:
            _set_exemplar(metric.counter.exemplar, series.exemplar)
        _set_time(metric.counter, series.start)
    elif kind is MetricType.UNTYPED:
        metric.untyped.value = series.value
    else:
        metric.gauge.value = series.value


def _set_histogram(histogram: Any, series: HistogramSeries) -> None:
    histogram.sample_count, histogram.sample_sum = series.count, series.sum
    total, exemplars = 0, series.exemplars or {}
    following = (*series.bounds[1:], math.inf)
    for index, (bound, after, count) in enumerate(zip(series.bounds, following, series.counts, strict=False)):
        total += count
        if bound < after:
            bucket = histogram.bucket.add(cumulative_count=total, upper_bound=bound)
            if index in exemplars:
                _set_exemplar(bucket.exemplar, exemplars[index])
    if len(series.bounds) in exemplars:  # the bucket without bound is only written for its exemplar
        bucket = histogram.bucket.add(cumulative_count=series.count, upper_bound=math.inf)
        _set_exemplar(bucket.exemplar, exemplars[len(series.bounds)])
    _set_time(histogram, series.start)


def _set_native(histogram: Any, series: ExponentialSeries) -> None:
    value = series.value.native()
    histogram.sample_count, histogram.sample_sum, histogram.schema = value.count, value.sum, value.scale
    histogram.zero_threshold, histogram.zero_count = value.zero_threshold, value.zero_count
    for buckets, spans, deltas in (
        (value.positive, histogram.positive_span, histogram.positive_delta),
        (value.negative, histogram.negative_span, histogram.negative_delta),
    ):
        found, differences = spans_and_deltas(buckets)
        for offset, length in found:
            spans.add(offset=offset, length=length)
        deltas.extend(differences)
    if not histogram.positive_span and not histogram.negative_span:
        histogram.positive_span.add(offset=0, length=0)  # tells an empty native histogram from a classic one
    for exemplar in series.exemplars:
        _set_exemplar(histogram.exemplars.add(), exemplar)
    _set_time(histogram, series.start)


def _set_exemplar(target: Any, exemplar: ShownExemplar) -> None:
    target.value = exemplar.value
    for name, value in labels_of(exemplar.labels):
        target.label.add(name=name, value=value)
    if exemplar.time:
        target.timestamp.seconds, target.timestamp.nanos = divmod(exemplar.time, _SECOND)


def _set_time(message: Any, start: int) -> None:
    """Set the start time, if there is one."""
    if start:
        message.created_timestamp.seconds, message.created_timestamp.nanos = divmod(start, _SECOND)
