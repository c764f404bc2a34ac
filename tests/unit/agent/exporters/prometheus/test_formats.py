"""The exposition formats, read by Prometheus' own Python parsers and by the protobuf classes."""

from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_agent.exporters.prometheus.formats import Choice, Format, accepts_gzip, negotiate
from otel_agent.prometheus.exposition_proto import METRIC_FAMILY
from tests.unit.agent.exporters.prometheus.metric_requests import (
    OPENMETRICS,
    PROTOBUF,
    SECOND,
    Metric,
    add_exemplar,
    gauge_of,
    histogram_of,
    sum_of,
)


def summary_of(name: str) -> Metric:
    metric = Metric(name=name)
    point = metric.summary.data_points.add(time_unix_nano=SECOND, count=4, sum=2.5)
    point.quantile_values.add(quantile=0.5, value=1.0)
    point.quantile_values.add(quantile=0.99, value=3.0)
    return metric


def exponential_of(name: str) -> Metric:
    metric = Metric(name=name)
    metric.exponential_histogram.aggregation_temporality = 2
    point = metric.exponential_histogram.data_points.add(
        time_unix_nano=2 * SECOND, start_time_unix_nano=SECOND, count=7, sum=9.5, scale=3, zero_count=1
    )
    point.positive.offset, point.negative.offset = 2, -1
    point.positive.bucket_counts.extend([1, 0, 3])
    point.negative.bucket_counts.extend([2])
    add_exemplar(point, 1.5)
    return metric


def with_exemplars() -> list[Metric]:
    """A counter and a histogram with exemplars in its first and its last bucket."""
    hits, took = sum_of("hits", 7), histogram_of("took", [1, 1, 1], [0.5, 1.0], unit="s")
    add_exemplar(hits.sum.data_points[0], 1.0, time=5)
    for value, trace in ((0.25, "01"), (9.0, "02")):
        add_exemplar(took.histogram.data_points[0], value, trace=trace)
    return [hits, took]


def decoded(body: bytes) -> dict[str, Any]:
    """Families of a protobuf exposition by name."""
    found = {}
    while body:
        length = shift = position = 0
        while True:
            byte = body[position]
            length, shift, position = length | (byte & 127) << shift, shift + 7, position + 1
            if byte < 128:
                break
        family = METRIC_FAMILY.FromString(body[position : position + length])
        found[family.name] = family
        body = body[position + length :]
    return found


async def test_the_text_format_is_read_by_the_official_parser(start: Any) -> None:
    running = await start(without_scope_info=False)
    await running.send(*with_exemplars(), summary_of("calls"), gauge_of("load", 0.5, description='a "b" \\ c\nd'))
    response = await running.get()
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
    families = {family.name: family for family in parse_text(await response.text())}
    assert {name: family.type for name, family in families.items()} == {
        "hits": "counter",
        "took_seconds": "histogram",
        "calls": "summary",
        "load": "gauge",
        "target_info": "gauge",
    }
    assert families["load"].documentation == 'a "b" \\ c\nd'
    assert families["load"].samples[0].labels == {
        "instance": "shop-1",
        "job": "web/shop",
        "otel_scope_name": "lib",
        "otel_scope_schema_url": "https://schema",
        "otel_scope_version": "1.2",
    }
    buckets = {sample.labels["le"]: sample.value for sample in families["took_seconds"].samples if "le" in sample.labels}
    assert buckets == {"0.5": 1, "1": 2, "+Inf": 3}


async def test_openmetrics_shows_exemplars_of_sums_and_histograms(start: Any) -> None:
    running = await start()
    await running.send(*with_exemplars())
    response = await running.get(OPENMETRICS)
    assert response.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    families = {family.name: family for family in parse_openmetrics(await response.text())}
    total = next(sample for sample in families["hits"].samples if sample.name == "hits_total")
    assert total.exemplar.labels == {"trace_id": "ab" * 16, "span_id": "cd" * 8}
    assert (total.exemplar.value, float(total.exemplar.timestamp)) == (1.0, 5.0)
    shown = {sample.labels["le"]: sample.exemplar for sample in families["took_seconds"].samples if "le" in sample.labels}
    assert {le: exemplar and exemplar.labels["trace_id"] for le, exemplar in shown.items()} == {
        "0.5": "01" * 16,
        "1.0": None,
        "+Inf": "02" * 16,
    }


async def test_exemplars_stay_until_newer_ones_come(start: Any) -> None:
    running = await start()
    await running.send(*with_exemplars())
    await running.send(sum_of("hits", 9, time=2), histogram_of("took", [2, 1, 1], [0.5, 1.0], time=2, unit="s"))
    newer = histogram_of("took", [3, 1, 1], [0.5, 1.0], time=3, unit="s")
    add_exemplar(newer.histogram.data_points[0], 0.3, trace="03", time=3)
    await running.send(newer)
    text = await running.scrape(OPENMETRICS)
    assert [trace in text for trace in ("ab" * 16, "01" * 16, "02" * 16, "03" * 16)] == [True, False, True, True]


async def test_an_exemplar_without_trace_is_shown_without_labels(start: Any) -> None:
    running = await start()
    hits = sum_of("hits", 7)
    add_exemplar(hits.sum.data_points[0], 2.0, trace="", span="")
    await running.send(hits, resource={})
    assert await running.series(OPENMETRICS) == ["hits_total 7 # {} 2.0 1.000"]


async def test_openmetrics_can_be_turned_off_as_it_is_in_the_go_collector_by_default(start: Any) -> None:
    running = await start(enable_open_metrics=False)
    await running.send(*with_exemplars())
    response = await running.get(OPENMETRICS)
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "trace_id" not in await response.text()


async def test_start_times_are_samples_on_request(start: Any) -> None:
    running = await start(created_samples=True)
    await running.send(sum_of("hits", 7, time=20, start=10), resource={})
    assert await running.series(OPENMETRICS) == ["hits_total 7", "hits_created 10.0"]
    assert await running.series() == ["hits_total 7"], "the text format has none"


async def test_timestamps_are_sent_on_request(start: Any) -> None:
    running = await start(send_timestamps=True)
    await running.send(gauge_of("load", 1.0, time=20), resource={})
    assert await running.series() == ["load 1.0 20000"]
    assert await running.series(OPENMETRICS) == ["load 1.0 20.000"]
    await running.send(gauge_of("load", 1.0))
    assert 'target_info{instance="shop-1",job="web/shop"} 1\n' in await running.scrape(), "which is of no time"


async def test_a_counter_without_suffix_is_of_unknown_type_in_openmetrics(start: Any) -> None:
    running = await start(add_metric_suffixes=False)
    await running.send(*with_exemplars(), resource={})
    text = await running.scrape(OPENMETRICS)
    assert "# TYPE hits unknown\n" in text
    assert "\nhits 7\n" in text
    assert next(parse_openmetrics(text)).type == "unknown"


async def test_a_gauge_that_was_scraped_without_type_stays_untyped(start: Any) -> None:
    running = await start()
    metric = gauge_of("odd", 1.0)
    metric.metadata.add(key="prometheus.type").value.string_value = "unknown"
    await running.send(metric)
    assert "# TYPE odd untyped\n" in await running.scrape()
    assert "# TYPE odd unknown\n" in await running.scrape(OPENMETRICS)


async def test_protobuf_has_exemplars_start_times_and_timestamps(start: Any) -> None:
    running = await start(send_timestamps=True)
    hits, took = with_exemplars()
    hits.sum.data_points[0].start_time_unix_nano = SECOND // 2
    await running.send(hits, took, summary_of("calls"))
    response = await running.get(PROTOBUF)
    families = decoded(await response.read())
    counter = families["hits_total"].metric[0]
    assert {pair.name: pair.value for pair in counter.label} == {"job": "web/shop", "instance": "shop-1"}
    assert (counter.counter.value, counter.timestamp_ms, counter.counter.created_timestamp.nanos) == (7, 1000, SECOND // 2)
    assert counter.counter.exemplar.label[1].value == "ab" * 16
    buckets = families["took_seconds"].metric[0].histogram.bucket
    assert [(each.upper_bound, each.cumulative_count, each.HasField("exemplar")) for each in buckets] == [
        (0.5, 1, True),
        (1.0, 2, False),
        (float("inf"), 3, True),
    ]
    assert [each.value for each in families["calls"].metric[0].summary.quantile] == [1.0, 3.0]


async def test_numbers_that_protobuf_has_no_room_for_cost_their_own_series_only(start: Any, scrape: Any, caplog: Any) -> None:
    running = await start()
    wide, steep = histogram_of("wide", [1, 2, 3], [1.0, 2.0]), exponential_of("steep")
    wide.histogram.data_points[0].bucket_counts[:] = [2**64 - 1] * 3
    steep.exponential_histogram.data_points[0].positive.bucket_counts[:] = [0, 2**64 - 1]
    await running.send(wide, steep, sum_of("good", 1), resource={})
    response = await running.get(PROTOBUF)
    assert response.status == 200
    families = decoded(await response.read())
    assert families["good_total"].metric[0].counter.value == 1
    assert [len(families[name].metric) for name in ("wide", "steep")] == [0, 0]
    assert scrape()['otelcol_exporter_prometheus_dropped_points{exporter="prometheus",reason="range"}'] == 2
    assert "beyond those of the protobuf format" in caplog.text
    assert (await running.get("text/plain")).status == 200


async def test_exponential_histograms_are_native_in_protobuf_and_sums_in_text(start: Any) -> None:
    running = await start()
    await running.send(exponential_of("took"), resource={})
    histogram = decoded(await (await running.get(PROTOBUF)).read())["took"].metric[0].histogram
    assert (histogram.schema, histogram.zero_count, histogram.zero_threshold, histogram.sample_count) == (3, 1, 1e-128, 7)
    assert [(span.offset, span.length) for span in histogram.positive_span] == [(3, 3)]
    assert list(histogram.positive_delta) == [1, -1, 3]
    assert [(span.offset, span.length) for span in histogram.negative_span] == [(0, 1)]
    assert histogram.exemplars[0].value == 1.5
    assert await running.series() == ['took_bucket{le="+Inf"} 7', "took_sum 9.5", "took_count 7"]


async def test_utf8_names_are_quoted_for_those_who_take_them_and_escaped_for_others(start: Any) -> None:
    running = await start(translation_strategy="NoTranslation")
    await running.send(sum_of("http.hits", 1, attributes={"http.method": "GET"}), resource={})
    assert await running.series("text/plain; version=1.0.0; escaping=allow-utf-8") == ['{"http.hits","http.method"="GET"} 1']
    assert await running.series() == ['http_hits{http_method="GET"} 1']
    families = decoded(await (await running.get(PROTOBUF)).read())
    assert families["http_hits"].metric[0].label[0].name == "http_method"
    families = decoded(await (await running.get(PROTOBUF + "; escaping=allow-utf-8")).read())
    assert families["http.hits"].metric[0].label[0].name == "http.method"


async def test_bounds_that_are_infinite_or_doubled_are_written_once(start: Any) -> None:
    running = await start()
    await running.send(histogram_of("took", [1, 1, 1], [0.5, 0.5, float("inf")]), resource={})
    assert await running.series() == ['took_bucket{le="0.5"} 2', 'took_bucket{le="+Inf"} 3', "took_sum 1.5", "took_count 3"]


PROMETHEUS = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.4,"
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Choice()),
        ("*/*", Choice()),
        ("text/html, text/plain;q=0.5", Choice(Format.TEXT, "0.0.4")),
        (PROMETHEUS, Choice(Format.OPENMETRICS, "1.0.0", utf8=True)),
        (PROTOBUF, Choice(Format.PROTOBUF, "")),
        ("application/vnd.google.protobuf", Choice()),
        ("application/openmetrics-text", Choice(Format.OPENMETRICS, "0.0.1")),
        ("application/openmetrics-text; version=9", Choice()),
        ("application/openmetrics-text;q=0, text/plain", Choice()),
        ("application/openmetrics-text;q=x;;=,", Choice()),
    ],
)
def test_the_preferred_format_of_a_scraper_is_chosen(accept: str, expected: Choice) -> None:
    assert negotiate(accept, openmetrics=True) == expected


def test_gzip_is_for_those_who_take_it() -> None:
    accepted = [accepts_gzip(header) for header in ("gzip", "br, gzip;q=0.5", "*", "", "identity", "gzip;q=0")]
    assert accepted == [True, True, True, False, False, False]
