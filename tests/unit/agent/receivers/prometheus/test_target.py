import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.receivers.prometheus.exposition.errors import ExpositionError
from otel_agent.receivers.prometheus.relabelling import compile_rules
from otel_agent.receivers.prometheus.scraping.negotiation import Format, accept_header, body_format
from otel_agent.receivers.prometheus.scraping.target import TargetError, discovered_labels, make_target, next_start
from otel_agent.receivers.prometheus.settings.relabel import RelabelConfig
from otel_agent.receivers.prometheus.settings.scrape import DEFAULT_PROTOCOLS, GlobalConfig, ScrapeConfig


def target(address="a:80", *rules, group=None, **job):
    config = ScrapeConfig.model_validate({"job_name": "shop", **job}).with_defaults(GlobalConfig())
    discovered = discovered_labels(config, {"__address__": address}, group or {})
    return make_target(config, discovered, compile_rules([RelabelConfig.model_validate(rule) for rule in rules]))


def test_a_target_has_job_instance_and_the_labels_of_its_group():
    made = target(group={"zone": "b", "__meta_x": "hidden"})
    assert dict(made.labels) == {"job": "shop", "instance": "a:80", "zone": "b"}
    assert (made.url, made.interval, made.timeout) == ("http://a:80/metrics", 60.0, 10.0)


def test_path_scheme_and_parameters_make_the_url():
    made = target(metrics_path="probe", scheme="https", params={"module": ["m", "n"], "x": ["a b"]})
    assert made.url == "https://a:80/probe?module=m&module=n&x=a+b"


def test_relabelling_decides_where_and_how_often():
    rules = (
        {"replacement": "b:90", "target_label": "__address__"},
        {"source_labels": ["__address__"], "target_label": "instance", "replacement": "name"},
        {"replacement": "https", "target_label": "__scheme__"},
        {"replacement": "/other", "target_label": "__metrics_path__"},
        {"replacement": "v", "target_label": "__param_q"},
        {"replacement": "5s", "target_label": "__scrape_interval__"},
        {"replacement": "1s", "target_label": "__scrape_timeout__"},
        {"replacement": "tmp", "target_label": "__tmp_x"},
    )
    made = target("a:80", *rules)
    assert (made.url, made.interval, made.timeout) == ("https://b:90/other?q=v", 5.0, 1.0)
    assert dict(made.labels) == {"job": "shop", "instance": "name"}


def test_a_dropped_target_is_none():
    assert target("a:80", {"source_labels": ["job"], "regex": "shop", "action": "drop"}) is None


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"target_label": "__address__", "source_labels": ["none"]}, "no address"),
        ({"target_label": "__address__", "replacement": "http://a/b"}, "valid hostname"),
        ({"target_label": "__scheme__", "replacement": "ftp"}, "unknown scheme"),
        ({"target_label": "__scrape_interval__", "replacement": "soon"}, "scrape interval"),
        ({"target_label": "__scrape_interval__", "replacement": "0s"}, "cannot be 0"),
        ({"target_label": "__scrape_timeout__", "replacement": "2m"}, "greater than scrape interval"),
    ],
)
def test_labels_that_cannot_be_scraped_by_are_refused(rule, message):
    with pytest.raises(TargetError, match=message):
        target("a:80", rule)


@given(st.floats(0, 4e9), st.floats(0.1, 3600), st.floats(0, 1, exclude_max=True))
def test_the_next_scrape_is_within_an_interval_and_at_the_targets_offset(now, interval, share):
    start = next_start(now, interval, share * interval)
    assert -1e-3 <= start - now <= interval + 1e-3


def test_targets_spread_over_the_interval_and_stay_where_they_are():
    offsets = [target(f"host-{number}:80").offset for number in range(1000)]
    assert offsets == [target(f"host-{number}:80").offset for number in range(1000)]
    per_tenth = [sum(1 for offset in offsets if number * 6 <= offset < number * 6 + 6) for number in range(10)]
    assert sum(per_tenth) == 1000
    assert min(per_tenth) > 60


def test_the_accept_header_has_the_protocols_by_preference():
    header = accept_header(DEFAULT_PROTOCOLS, "")
    assert header == (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    )


@pytest.mark.parametrize(
    ("content_type", "fallback", "expected"),
    [
        ("text/plain; version=0.0.4; charset=utf-8", "", Format.TEXT),
        ("application/openmetrics-text; version=1.0.0", "", Format.OPEN_METRICS),
        ("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", "", Format.PROTOBUF),
        ("text/html", "PrometheusText0.0.4", Format.TEXT),
        ("", "OpenMetricsText1.0.0", Format.OPEN_METRICS),
    ],
)
def test_the_content_type_says_the_format_and_the_fallback_helps_out(content_type, fallback, expected):
    assert body_format(content_type, fallback) is expected


@pytest.mark.parametrize("content_type", ["", "text/html", "application/vnd.google.protobuf", "nonsense"])
def test_a_body_of_unknown_format_is_refused(content_type):
    with pytest.raises(ExpositionError, match="fallback_scrape_protocol"):
        body_format(content_type, "")
