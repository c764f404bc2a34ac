"""The protobuf format, from messages that a test makes, and native histograms."""

import contextlib
import struct

import pytest
from google.protobuf.internal.encoder import _VarintBytes
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError
from otel_agent.receivers.prometheus.exposition.native_histogram import Buckets, NativeHistogram, NativeHistogramError
from otel_agent.receivers.prometheus.exposition.protobuf import ProtobufRules, read_protobuf
from otel_agent.receivers.prometheus.exposition.protobuf_messages import TYPE_NAMES, MetricFamily
from otel_agent.receivers.prometheus.exposition.text import Reading
from otel_agent.receivers.prometheus.otlp.catalog import Catalog, SeriesRules
from tests.unit.agent.receivers.prometheus.reading import attributes_of, metrics_of, up

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


def family(name, type_, help_="", unit=""):
    return MetricFamily(name=name, type=TYPE_NAMES.index(type_), help=help_, unit=unit)


def delimited(*families):
    return b"".join(_VarintBytes(len(data)) + data for data in (each.SerializeToString() for each in families))


def native(name="wait"):
    made = family(name, "histogram")
    histogram = made.metric.add().histogram
    histogram.sample_count, histogram.sample_sum, histogram.schema = 12, 18.5, 3
    histogram.zero_threshold, histogram.zero_count = 1e-6, 2
    histogram.positive_span.add(offset=-2, length=2)
    histogram.positive_span.add(offset=1, length=1)
    histogram.positive_delta.extend([1, 2, -1])
    histogram.negative_span.add(offset=4, length=1)
    histogram.negative_delta.append(4)
    return made


def test_counters_gauges_and_untyped_are_read(scraper):
    counter = family("jobs_total", "counter", "Jobs", "")
    metric = counter.metric.add()
    metric.label.add(name="queue", value="a")
    metric.counter.value = 7
    metric.counter.created_timestamp.seconds = 1500
    exemplar = metric.counter.exemplar
    exemplar.value = 0.5
    exemplar.label.add(name="trace_id", value="0af7651916cd43dd8448eb211c80319c")
    exemplar.timestamp.seconds = 3
    gauge = family("heat", "gauge", unit="celsius")
    gauge.metric.add(timestamp_ms=9000).gauge.value = -4.5
    untyped = family("odd", "unknown")
    untyped.metric.add().untyped.value = 1
    metrics = metrics_of(scraper().protobuf(delimited(counter, gauge, untyped)))
    point = metrics["jobs_total"].sum.data_points[0]
    assert (point.as_double, point.start_time_unix_nano, attributes_of(point)) == (7.0, 1_500_000_000_000, {"queue": "a"})
    assert (point.exemplars[0].trace_id.hex(), point.exemplars[0].time_unix_nano) == (
        "0af7651916cd43dd8448eb211c80319c",
        3_000_000_000,
    )
    assert metrics["heat"].gauge.data_points[0].time_unix_nano == 9_000_000_000
    assert (metrics["heat"].unit, metrics["jobs_total"].description) == ("Cel", "Jobs")
    assert metrics["odd"].gauge.data_points[0].as_double == 1


def test_summaries_and_classic_histograms_are_read(scraper):
    summary = family("rpc", "summary")
    made = summary.metric.add().summary
    made.sample_count, made.sample_sum = 10, 30.0
    made.quantile.add(quantile=0.5, value=2)
    histogram = family("wait", "histogram")
    made = histogram.metric.add().histogram
    made.sample_count, made.sample_sum = 6, 3.5
    for bound, count in ((0.5, 2), (1, 5), (float("inf"), 6)):
        made.bucket.add(upper_bound=bound, cumulative_count=count)
    made.created_timestamp.seconds = 1600
    metrics = metrics_of(scraper().protobuf(delimited(summary, histogram)))
    point = metrics["wait"].histogram.data_points[0]
    assert (list(point.explicit_bounds), list(point.bucket_counts), point.count, point.sum) == ([0.5, 1.0], [2, 3, 1], 6, 3.5)
    assert point.start_time_unix_nano == 1_600_000_000_000
    (point,) = metrics["rpc"].summary.data_points
    assert (point.count, point.sum, point.quantile_values[0].value) == (10, 30.0, 2.0)


def test_a_native_histogram_is_an_exponential_one(scraper):
    scrapes = scraper()
    metric = metrics_of(scrapes.protobuf(delimited(native()), native_histograms=True))["wait"]
    (point,) = metric.exponential_histogram.data_points
    assert (point.scale, point.count, point.sum, point.zero_count, point.zero_threshold) == (3, 12, 18.5, 2, 1e-6)
    assert (point.positive.offset, list(point.positive.bucket_counts)) == (-3, [1, 3, 0, 2])
    assert (point.negative.offset, list(point.negative.bucket_counts)) == (3, [4])
    stale = metrics_of(scrapes.protobuf(b"", native_histograms=True))["wait"].exponential_histogram.data_points[0]
    assert (stale.flags, stale.count) == (1, 0)


def test_a_float_native_histogram_is_cut_to_whole_counts(scraper):
    made = native()
    histogram = made.metric[0].histogram
    histogram.ClearField("positive_delta")
    histogram.positive_count.extend([1.5, 2, 0.25])
    histogram.sample_count_float = 9.75
    point = metrics_of(scraper().protobuf(delimited(made), native_histograms=True))["wait"].exponential_histogram.data_points[0]
    assert (point.count, list(point.positive.bucket_counts)) == (9, [1, 2, 0, 0])


@pytest.mark.parametrize(
    ("classic", "expected"), [(False, {"exponential_histogram"}), (True, {"exponential_histogram", "histogram"})]
)
def test_classic_buckets_beside_native_ones_are_read_when_asked_for(scraper, classic, expected):
    made = native()
    made.metric[0].histogram.bucket.add(upper_bound=float("inf"), cumulative_count=12)
    request = scraper().protobuf(delimited(made), native_histograms=True, classic_too=classic)
    kinds = {
        metric.WhichOneof("data") for metric in request.resource_metrics[0].scope_metrics[0].metrics if metric.name == "wait"
    }
    assert kinds == expected


def test_native_histograms_are_classic_ones_unless_asked_for(scraper):
    made = native()
    made.metric[0].histogram.bucket.add(upper_bound=1, cumulative_count=3)
    assert metrics_of(scraper().protobuf(delimited(made)))["wait"].histogram.data_points[0].count == 12


def test_too_many_buckets_lower_the_resolution(scraper):
    point = metrics_of(scraper().protobuf(delimited(native()), native_histograms=True, bucket_limit=3))["wait"]
    (point,) = point.exponential_histogram.data_points
    assert (point.scale, sum(point.positive.bucket_counts), sum(point.negative.bucket_counts)) == (1, 6, 4)
    assert (point.positive.offset, list(point.positive.bucket_counts)) == (-1, [4, 2])


def test_a_resolution_that_cannot_be_lowered_enough_fails_the_scrape(scraper):
    assert up(scraper().protobuf(delimited(native()), native_histograms=True, bucket_limit=1)) == 0


@given(st.integers(-40, 40), st.lists(st.integers(0, 5), max_size=12))
def test_halved_buckets_hold_the_same_observations_in_wider_ranges(offset, counts):
    halved = Buckets(offset, tuple(counts)).halved()
    expected = {}
    for position, count in enumerate(counts):
        index = -(-(offset + position) // 2)
        expected[index] = expected.get(index, 0) + count
    assert {halved.offset + position: count for position, count in enumerate(halved.counts)} == expected


def test_a_limit_below_what_one_histogram_needs_is_an_error():
    histogram = NativeHistogram(-4, 2, 1.0, positive=Buckets(0, (1, 1)))
    with pytest.raises(NativeHistogramError, match="bucket_limit"):
        histogram.limited(1)


def test_a_stale_marker_ends_its_series(scraper):
    gauge = family("heat", "gauge")
    gauge.metric.add().gauge.value = 1
    scrapes = scraper()
    scrapes.protobuf(delimited(gauge))
    gauge.metric[0].gauge.value = STALE
    (point,) = metrics_of(scrapes.protobuf(delimited(gauge)))["heat"].gauge.data_points
    assert point.flags == 1


def broken_spans():
    made = native()
    made.metric[0].histogram.positive_delta.append(1)
    return made


def falling():
    made = native()
    made.metric[0].histogram.positive_delta[1] = -9
    return made


def endless():
    made = native()
    made.metric[0].histogram.positive_span[1].offset = 2**31 - 1
    return made


def unknown_schema():
    made = native()
    made.metric[0].histogram.schema = 99
    return made


@pytest.mark.parametrize("make", [broken_spans, falling, endless, unknown_schema])
def test_a_native_histogram_that_contradicts_itself_fails_the_scrape(scraper, make):
    scrapes = scraper()
    assert up(scrapes.protobuf(delimited(make()), native_histograms=True)) == 0
    assert "native histogram" in str(scrapes.last.error)


@pytest.mark.parametrize("body", [b"\x05abc", b"\x80\x80\x80\x80\x80\x80\x01", b"\x80", b"\x03\xff\xff\xff", b"\x00"])
def test_a_body_that_is_no_sequence_of_families_fails_the_scrape(scraper, body):
    assert up(scraper().protobuf(body)) == 0


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bytes_are_read_or_refused(data):
    body = bytearray(delimited(native(), family("a", "gauge")))
    for _ in range(data.draw(st.integers(0, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ExpositionError):
        read_protobuf(
            bytes(body), Catalog(SeriesRules({"job": "j", "instance": "i"})), Reading(1), ProtobufRules(native_histograms=True)
        )
