"""Exposition to OTLP, as the table of the collector specification (3.2) has it."""

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError, LabelLimitError, SampleLimitError
from otel_agent.receivers.prometheus.otlp.target_resource import resource_attributes
from otel_agent.receivers.prometheus.relabelling import compile_rules
from otel_agent.receivers.prometheus.settings.relabel import RelabelConfig
from tests.unit.agent.receivers.prometheus.reading import REPORTS, attributes_of, metrics_of, points_of, up

CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
HISTOGRAM = """# TYPE wait_seconds histogram
# HELP wait_seconds Time in the queue
wait_seconds_bucket{route="/a",le="0.5"} 2
wait_seconds_bucket{route="/a",le="1"} 5
wait_seconds_bucket{route="/a",le="+Inf"} 6
wait_seconds_sum{route="/a"} 3.5
wait_seconds_count{route="/a"} 6
"""


def test_a_counter_is_a_monotonic_cumulative_sum_of_doubles(scraper):
    request = scraper().text('# HELP requests_total Requests\n# TYPE requests_total counter\nrequests_total{code="200"} 7\n')
    metric = metrics_of(request)["requests_total"]
    assert (metric.sum.is_monotonic, metric.sum.aggregation_temporality) == (True, CUMULATIVE)
    assert (metric.description, attributes_of_metadata(metric)) == ("Requests", {"prometheus.type": "counter"})
    (point,) = metric.sum.data_points
    assert (point.as_double, attributes_of(point), point.time_unix_nano, point.flags) == (7.0, {"code": "200"}, 1_000_000_000, 0)


def attributes_of_metadata(metric):
    return {each.key: each.value.string_value for each in metric.metadata}


def test_a_gauge_and_what_has_no_type_are_gauges(scraper):
    metrics = metrics_of(scraper().text("# TYPE heat gauge\nheat -1.5\nodd 3\n# TYPE old untyped\nold 4\n"))
    assert metrics["heat"].gauge.data_points[0].as_double == -1.5
    assert attributes_of_metadata(metrics["heat"]) == {"prometheus.type": "gauge"}
    for name in ("odd", "old"):
        assert metrics[name].WhichOneof("data") == "gauge"
        assert attributes_of_metadata(metrics[name]) == {"prometheus.type": "unknown"}


def test_info_and_stateset_are_sums_that_are_not_monotonic(scraper):
    text = '# TYPE build info\nbuild_info{version="1"} 1\n# TYPE mode stateset\nmode{mode="on"} 1\nmode{mode="off"} 0\n# EOF\n'
    metrics = metrics_of(scraper().text(text, open_metrics=True))
    for name in ("build", "mode"):
        assert (metrics[name].sum.is_monotonic, metrics[name].sum.aggregation_temporality) == (False, CUMULATIVE)
    assert points_of(metrics["mode"])[("off",)].as_double == 0


def test_a_histogram_has_its_buckets_apart_and_infinity_implied(scraper):
    metric = metrics_of(scraper().text(HISTOGRAM))["wait_seconds"]
    assert (metric.histogram.aggregation_temporality, metric.description) == (CUMULATIVE, "Time in the queue")
    (point,) = metric.histogram.data_points
    assert (list(point.explicit_bounds), list(point.bucket_counts)) == ([0.5, 1.0], [2, 3, 1])
    assert (point.count, point.sum, attributes_of(point)) == (6, 3.5, {"route": "/a"})


def test_buckets_may_come_in_any_order(scraper):
    lines = HISTOGRAM.splitlines()
    shuffled = "\n".join([*lines[:2], *reversed(lines[2:])]) + "\n"
    (point,) = metrics_of(scraper().text(shuffled))["wait_seconds"].histogram.data_points
    assert (list(point.explicit_bounds), list(point.bucket_counts)) == ([0.5, 1.0], [2, 3, 1])


def test_a_histogram_without_a_count_is_left_out(scraper):
    text = HISTOGRAM.replace('wait_seconds_count{route="/a"} 6\n', "")
    assert metrics_of(scraper().text(text)).keys() == REPORTS


def test_a_histogram_without_a_sum_has_none(scraper):
    text = HISTOGRAM.replace('wait_seconds_sum{route="/a"} 3.5\n', "")
    (point,) = metrics_of(scraper().text(text))["wait_seconds"].histogram.data_points
    assert not point.HasField("sum")
    assert point.count == 6


@pytest.mark.parametrize("value", ["1", "NaN", "-1"])
def test_buckets_that_do_not_add_up_are_left_out(scraper, value):
    text = HISTOGRAM.replace('le="1"} 5', f'le="1"}} {value}')
    assert metrics_of(scraper().text(text)).keys() == REPORTS


def test_a_summary_has_quantile_values(scraper):
    text = '# TYPE rpc summary\nrpc{quantile="0.9"} 4\nrpc{quantile="0.5"} 2\nrpc_sum 30\nrpc_count 10\n'
    (point,) = metrics_of(scraper().text(text))["rpc"].summary.data_points
    assert (point.count, point.sum) == (10, 30.0)
    assert [(each.quantile, each.value) for each in point.quantile_values] == [(0.5, 2.0), (0.9, 4.0)]


def test_a_gauge_histogram_is_left_out(scraper):
    text = '# TYPE size gaugehistogram\nsize_bucket{le="+Inf"} 3\nsize_gcount 3\nsize_gsum 7\n# EOF\n'
    assert metrics_of(scraper().text(text, open_metrics=True)).keys() == REPORTS


def test_created_series_are_start_times(scraper):
    text = (
        "# TYPE jobs counter\njobs_total 3\njobs_created 1500.5\n"
        '# TYPE wait histogram\nwait_bucket{le="+Inf"} 1\nwait_sum 2\nwait_count 1\nwait_created 1600\n'
        "# TYPE rpc summary\nrpc_sum 1\nrpc_count 1\nrpc_created 1700\n# EOF\n"
    )
    metrics = metrics_of(scraper().text(text, open_metrics=True))
    assert metrics.keys() == {"jobs_total", "wait", "rpc"} | REPORTS
    assert metrics["jobs_total"].sum.data_points[0].start_time_unix_nano == 1_500_500_000_000
    assert metrics["wait"].histogram.data_points[0].start_time_unix_nano == 1_600_000_000_000
    assert metrics["rpc"].summary.data_points[0].start_time_unix_nano == 1_700_000_000_000


def test_units_and_help_of_openmetrics_are_kept(scraper):
    text = '# TYPE age_seconds gauge\n# UNIT age_seconds seconds\n# HELP age_seconds Its age\\nin \\"s\\"\nage_seconds 1\n# EOF\n'
    metric = metrics_of(scraper().text(text, open_metrics=True))["age_seconds"]
    assert (metric.unit, metric.description) == ("s", 'Its age\nin "s"')


def test_exemplars_have_ids_and_the_other_labels(scraper):
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    text = (
        "# TYPE jobs counter\n"
        f'jobs_total 3 # {{trace_id="{trace}",span_id="{span}",user="u"}} 0.5 1.25\n'
        '# TYPE wait histogram\nwait_bucket{le="+Inf"} 1 # {trace_id="short"} 9\nwait_count 1\n# EOF\n'
    )
    metrics = metrics_of(scraper().text(text, open_metrics=True))
    (exemplar,) = metrics["jobs_total"].sum.data_points[0].exemplars
    assert (exemplar.trace_id.hex(), exemplar.span_id.hex()) == (trace, span)
    assert (exemplar.as_double, exemplar.time_unix_nano) == (0.5, 1_250_000_000)
    assert {each.key: each.value.string_value for each in exemplar.filtered_attributes} == {"user": "u"}
    (exemplar,) = metrics["wait"].histogram.data_points[0].exemplars
    assert {each.key: each.value.string_value for each in exemplar.filtered_attributes} == {"trace_id": "short"}
    assert exemplar.time_unix_nano == 1_000_000_000


def test_exemplars_are_only_those_of_the_scrape(scraper):
    scrapes = scraper()
    scrapes.text('# TYPE jobs counter\njobs_total 3 # {a="b"} 1\n# EOF\n', open_metrics=True)
    request = scrapes.text("# TYPE jobs counter\njobs_total 4\n# EOF\n", open_metrics=True)
    assert not metrics_of(request)["jobs_total"].sum.data_points[0].exemplars


def test_timestamps_of_the_target_are_honored_unless_told_otherwise(scraper):
    text = "# TYPE heat gauge\nheat 1 5000\n"
    assert metrics_of(scraper().text(text))["heat"].gauge.data_points[0].time_unix_nano == 5_000_000_000
    request = scraper().text(text, honor_timestamps=False)
    assert metrics_of(request)["heat"].gauge.data_points[0].time_unix_nano == 1_000_000_000


def test_a_series_that_vanishes_leaves_a_point_without_a_value(scraper):
    scrapes = scraper()
    scrapes.text('# TYPE heat gauge\nheat{room="a"} 1\nheat{room="b"} 2\n')
    points = points_of(metrics_of(scrapes.text('# TYPE heat gauge\nheat{room="a"} 1\n'))["heat"])
    assert (points[("a",)].flags, points[("b",)].flags, points[("b",)].as_double) == (0, 1, 0.0)
    assert points_of(metrics_of(scrapes.text('# TYPE heat gauge\nheat{room="a"} 1\n'))["heat"]).keys() == {("a",)}


def test_a_histogram_and_a_summary_that_vanish_keep_their_bounds(scraper):
    scrapes = scraper()
    scrapes.text(HISTOGRAM + '# TYPE rpc summary\nrpc{quantile="0.5"} 2\nrpc_sum 30\nrpc_count 10\n')
    metrics = metrics_of(scrapes.text("other 1\n"))
    (point,) = metrics["wait_seconds"].histogram.data_points
    assert (point.flags, point.count, list(point.explicit_bounds), list(point.bucket_counts)) == (1, 0, [0.5, 1.0], [0, 0, 0])
    (point,) = metrics["rpc"].summary.data_points
    assert (point.flags, point.count, [each.quantile for each in point.quantile_values]) == (1, 0, [0.5])


def test_a_failed_scrape_makes_every_series_stale_and_up_0(scraper):
    scrapes = scraper()
    scrapes.text("# TYPE heat gauge\nheat 1\n")
    request = scrapes.failed()
    assert up(request) == 0
    assert metrics_of(request)["heat"].gauge.data_points[0].flags == 1
    assert metrics_of(scrapes.failed()).keys() == REPORTS


def test_a_body_that_cannot_be_read_is_a_failed_scrape(scraper):
    scrapes = scraper()
    scrapes.text("# TYPE heat gauge\nheat 1\n")
    request = scrapes.text("# TYPE heat gauge\nheat 1\nheat{ 2\n")
    assert isinstance(scrapes.last.error, ExpositionError)
    assert up(request) == 0
    assert metrics_of(request)["heat"].gauge.data_points[0].flags == 1


def test_a_target_that_ends_makes_its_reports_stale_too(scraper):
    scrapes = scraper()
    scrapes.text("# TYPE heat gauge\nheat 1\n")
    metrics = metrics_of(scrapes.ended())
    assert metrics.keys() == {"heat"} | REPORTS
    assert {metric.gauge.data_points[0].flags for metric in metrics.values()} == {1}


@pytest.mark.parametrize(("track", "stale"), [(False, False), (True, True)])
def test_series_with_timestamps_go_stale_only_when_tracked(scraper, track, stale):
    scrapes = scraper(track=track)
    scrapes.text("# TYPE heat gauge\nheat 1 5000\n")
    assert ("heat" in metrics_of(scrapes.text("other 1\n"))) is stale


def test_a_series_spelled_another_way_is_the_same(scraper):
    scrapes = scraper()
    scrapes.text('heat{a="1",b="2"} 1\n')
    points = points_of(metrics_of(scrapes.text('heat{b="2",a="1"} 2\n'))["heat"])
    assert [(point.as_double, point.flags) for point in points.values()] == [(2.0, 0)]


def test_every_scrape_reports_on_itself(scraper):
    scrapes = scraper(relabel=compile_rules([RelabelConfig(source_labels=["__name__"], regex="b", action="drop")]))
    text = "a 1\nb 2\nc 3\n"
    values = {name: metrics_of(scrapes.text(text))[name].gauge.data_points[0].as_double for name in sorted(REPORTS)}
    assert values["up"] == 1
    values = {
        name: metric.gauge.data_points[0].as_double for name, metric in metrics_of(scrapes.text("a 1\nb 2\nc 3\nd 4\n")).items()
    }
    assert values == {
        "a": 1, "c": 3, "d": 4, "up": 1, "scrape_duration_seconds": 0.25, "scrape_samples_scraped": 4,
        "scrape_samples_post_metric_relabeling": 3, "scrape_series_added": 1,
    }  # fmt: skip


def test_more_about_each_scrape_is_reported_when_asked_for(scraper):
    metrics = metrics_of(scraper(extra=True, sample_limit=5).text("a 1\n"))
    names = ("scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes")
    assert [metrics[name].gauge.data_points[0].as_double for name in names] == [10.0, 5.0, 4.0]


def test_the_resource_is_job_instance_and_address(scraper):
    request = scraper({"__meta_kubernetes_pod_name": "shop-1", "__meta_kubernetes_pod_controller_kind": "DaemonSet",
                       "__meta_kubernetes_pod_controller_name": "shop"}).text("a 1\n")  # fmt: skip
    assert attributes_of(request.resource_metrics[0].resource) == {
        "service.name": "shop",
        "service.instance.id": "10.1.2.3:8080",
        "server.address": "10.1.2.3",
        "server.port": "8080",
        "url.scheme": "http",
        "net.host.name": "10.1.2.3",
        "net.host.port": "8080",
        "http.scheme": "http",
        "k8s.pod.name": "shop-1",
        "k8s.daemonset.name": "shop",
    }
    assert "job" not in attributes_of(metrics_of(request)["a"].gauge.data_points[0])


def test_the_older_names_of_attributes_can_be_left_out():
    found = resource_attributes("shop", "db:1", "http", {}, legacy=False)
    assert found.keys() == {"service.name", "service.instance.id", "server.address", "server.port", "url.scheme"}


@pytest.mark.parametrize("instance", ["localhost:1", "127.0.0.1:1", "0.0.0.0:1", "[::1]:1"])
def test_an_address_that_every_host_has_is_no_server_address(scraper, instance):
    request = scraper(target_labels={"job": "j", "instance": instance}).text("a 1\n")
    assert {"server.address", "net.host.name"}.isdisjoint(attributes_of(request.resource_metrics[0].resource))


def test_target_info_becomes_resource_attributes(scraper):
    request = scraper().text('# TYPE target info\ntarget_info{version="7",job="x"} 1\na 1\n# EOF\n', open_metrics=True)
    assert "target_info" not in metrics_of(request)
    assert attributes_of(request.resource_metrics[0].resource)["version"] == "7"


def test_scope_labels_become_the_scope(scraper):
    text = (
        'otel_scope_info{otel_scope_name="lib",otel_scope_version="2",team="x"} 1\n'
        'a{otel_scope_name="lib",otel_scope_version="2",otel_scope_color="red",b="c"} 1\nplain 2\n'
    )
    request = scraper().text(text)
    scopes = {scope.scope.name: scope for scope in request.resource_metrics[0].scope_metrics}
    lib = scopes["lib"]
    assert (lib.scope.version, attributes_of(lib.scope)) == ("2", {"team": "x", "color": "red"})
    assert [(metric.name, attributes_of(metric.gauge.data_points[0])) for metric in lib.metrics] == [("a", {"b": "c"})]
    own = scopes["github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver"]
    assert own.scope.version == "1.2.3"
    assert {metric.name for metric in own.metrics} == {"plain"} | REPORTS


@pytest.mark.parametrize(
    ("honor", "expected"),
    [
        (True, {("other", "10.1.2.3:8080"): {"a"}}),
        (False, {("shop", "10.1.2.3:8080"): {"a", "other"}}),
    ],
)
def test_labels_of_target_and_sample_in_conflict(scraper, honor, expected):
    request = scraper(honor_labels=honor).text('x{job="other",b="a"} 1\n')
    found = {}
    for resource in request.resource_metrics:
        attributes = attributes_of(resource.resource)
        for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics if metric.name == "x"):
            values = set(attributes_of(metric.gauge.data_points[0]).values())
            found[attributes["service.name"], attributes["service.instance.id"]] = values
    assert found == expected


def test_external_labels_win(scraper):
    request = scraper(external_labels={"cluster": "eu"}).text('a{cluster="us"} 1\n')
    assert attributes_of(metrics_of(request)["a"].gauge.data_points[0]) == {"cluster": "eu"}
    assert attributes_of(metrics_of(request)["up"].gauge.data_points[0]) == {"cluster": "eu"}


def test_a_sample_with_a_label_twice_is_left_out(scraper):
    assert metrics_of(scraper().text('a{b="1",b="2"} 1\nc 2\n')).keys() == {"c"} | REPORTS


def test_a_series_exposed_twice_keeps_the_first_value(scraper):
    scrapes = scraper()
    for _ in range(2):
        (point,) = metrics_of(scrapes.text("a 1\na 2\n"))["a"].gauge.data_points
        assert point.as_double == 1
        assert scrapes.last.duplicates == 1


def test_empty_labels_do_not_exist(scraper):
    assert attributes_of(metrics_of(scraper().text('a{b="",c="d"} 1\n'))["a"].gauge.data_points[0]) == {"c": "d"}


def test_a_type_that_changes_changes_the_metric(scraper):
    scrapes = scraper()
    scrapes.text("# TYPE a gauge\na 1\n")
    assert metrics_of(scrapes.text("# TYPE a counter\na 2\n"))["a"].WhichOneof("data") == "sum"
    assert metrics_of(scrapes.text("# TYPE a gauge\na 3\n"))["a"].WhichOneof("data") == "gauge"


def test_a_type_that_comes_after_its_samples_holds_from_the_next_scrape_on(scraper):
    scrapes = scraper()
    text = "a_total 1\n# TYPE a_total counter\n"
    scrapes.text(text)
    assert metrics_of(scrapes.text(text))["a_total"].WhichOneof("data") == "sum"


def test_help_that_changes_is_taken_over(scraper):
    scrapes = scraper()
    scrapes.text("# HELP a old\na 1\n")
    assert metrics_of(scrapes.text("# HELP a new\na 1\n"))["a"].description == "new"


def test_more_samples_than_allowed_fail_the_scrape(scraper):
    scrapes = scraper(sample_limit=2)
    assert up(scrapes.text("a 1\nb 2\n")) == 1
    assert up(scrapes.text("a 1\nb 2\nc 3\n")) == 0
    assert isinstance(scrapes.last.error, SampleLimitError)


def test_dropped_samples_do_not_count_towards_the_limit(scraper):
    scrapes = scraper(
        sample_limit=2, relabel=compile_rules([RelabelConfig(source_labels=["__name__"], regex="b", action="drop")])
    )
    assert up(scrapes.text("a 1\nb 2\nc 3\n")) == 1


@pytest.mark.parametrize(
    "limit",
    [{"label_limit": 4}, {"label_name_length_limit": 9}, {"label_value_length_limit": 13}],
    ids=lambda limit: next(iter(limit)),
)
def test_label_limits_fail_the_scrape(scraper, limit):
    scrapes = scraper(**limit)
    assert up(scrapes.text('a{name="value"} 1\n')) == 1
    assert up(scrapes.text('a{name="value",far_too_long_name="far too long value"} 1\n')) == 0
    assert isinstance(scrapes.last.error, LabelLimitError)


def test_suffixes_are_trimmed_when_asked_for(scraper):
    text = "# TYPE size_bytes counter\n# UNIT size_bytes bytes\nsize_bytes_total 3\n# EOF\n"
    assert "size" in metrics_of(scraper(trim=True).text(text, open_metrics=True))
    assert "size_bytes_total" in metrics_of(scraper().text(text, open_metrics=True))


def test_many_series_that_come_and_go_are_forgotten(scraper):
    scrapes = scraper()
    for number in range(20):
        scrapes.text("".join(f'a{{id="{number}-{each}"}} 1\n' for each in range(500)))
    catalog = scrapes.conversion._catalog
    assert len(catalog.known) <= 500 * 1.5 + 1000
