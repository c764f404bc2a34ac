"""Names as the Go translator makes them: its table of examples, by strategy."""

import pytest

from otel_agent.prometheus.names import LabelNamer, MetricNamer, MetricType, Strategy, escaped_label, escaped_name
from otel_agent.prometheus.units import unit_suffix, unit_words

COUNTER, GAUGE, HISTOGRAM = MetricType.COUNTER, MetricType.GAUGE, MetricType.HISTOGRAM


@pytest.mark.parametrize(
    ("name", "unit", "kind", "expected"),
    [
        ("http.server.duration", "ms", HISTOGRAM, "http_server_duration_milliseconds"),
        ("http.requests", "1", COUNTER, "http_requests_total"),
        ("requests_total_seen", "", COUNTER, "requests_seen_total"),
        ("system.memory.usage", "By", GAUGE, "system_memory_usage_bytes"),
        ("system.disk.bytes.read", "By", COUNTER, "system_disk_bytes_read_total"),
        ("cpu.utilization", "1", GAUGE, "cpu_utilization_ratio"),
        ("rate", "By/s", GAUGE, "rate_bytes_per_second"),
        ("rate", "km/h", GAUGE, "rate_km_per_hour"),
        ("queue.length", "{items}", GAUGE, "queue_length"),
        ("speed", "{items}/s", GAUGE, "speed_per_second"),
        ("2xx.hits", "", COUNTER, "_2xx_hits_total"),
        ("a..b--c", "", GAUGE, "a_b_c"),
        ("go:rule", "", GAUGE, "go:rule"),
        ("cpu", "%", GAUGE, "cpu_percent"),
        ("t", "TiBy", GAUGE, "t_tibibytes"),
    ],
)
def test_escaped_names_end_with_unit_and_type(name: str, unit: str, kind: MetricType, expected: str) -> None:
    assert MetricNamer().name(name, unit, kind, gauge=kind is GAUGE) == expected


def test_a_sum_of_unit_1_is_no_ratio() -> None:
    assert MetricNamer().name("open.files", "1", GAUGE, gauge=False) == "open_files"


def test_a_namespace_comes_first() -> None:
    assert MetricNamer(namespace="my-app").name("2xx", "s", GAUGE) == "my_app_2xx_seconds"
    assert MetricNamer(Strategy.ESCAPED_BARE, "app").name("2xx.b", "s", GAUGE) == "app_2xx_b"
    assert MetricNamer(Strategy.NONE, "app").name("a.b", "s", GAUGE) == "app_a.b"


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.ESCAPED, "http_hits_seconds_total"),
        (Strategy.ESCAPED_BARE, "http_hits"),
        (Strategy.UTF8, "http.hits_seconds_total"),
        (Strategy.NONE, "http.hits"),
    ],
)
def test_strategies_decide_on_characters_and_suffixes(strategy: Strategy, expected: str) -> None:
    assert MetricNamer(strategy).name("http.hits", "s", COUNTER) == expected


def test_suffixes_of_utf8_names_are_not_doubled() -> None:
    namer = MetricNamer(Strategy.UTF8)
    assert namer.name("hits.seconds_total", "s", COUNTER) == "hits.seconds_total"
    assert namer.name("disk.io_per_second", "By/s", GAUGE) == "disk.io_bytes_per_second"
    assert namer.name("use_ratio", "1", GAUGE, gauge=True) == "use_ratio"


def test_bare_names_keep_their_underscores() -> None:
    assert MetricNamer(Strategy.ESCAPED_BARE).name("a__b.c", "", GAUGE) == "a__b_c"


@pytest.mark.parametrize("name", ["", "...", "é"])
def test_a_name_without_legal_characters_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="metric name"):
        MetricNamer().name(name, "", GAUGE)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("http.method", "http_method"),
        ("a..b", "a__b"),
        ("2xx", "key_2xx"),
        ("_own", "_own"),
        ("__x", "key__x"),
        ("é", None),
        ("", None),
    ],
)
def test_labels_of_the_exporter(key: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="attribute key"):
            LabelNamer().name(key)
    else:
        assert LabelNamer().name(key) == expected


def test_labels_of_the_specification_have_single_underscores() -> None:
    namer = LabelNamer(keep_underscores=False, key_before_underscore=True, allow_reserved=True)
    made = {key: namer.name(key) for key in ("a..b", "_own", "__na.me__", "9")}
    assert made == {"a..b": "a_b", "_own": "key_own", "__na.me__": "__na_me__", "9": "key_9"}


def test_utf8_labels_stay_as_they_are() -> None:
    assert LabelNamer(Strategy.NONE).name("http.méthode") == "http.méthode"


def test_names_are_escaped_for_scrapers_that_take_legacy_ones() -> None:
    assert [escaped_name(name) for name in ("a.b:c", "9é", "ok")] == ["a_b:c", "__", "ok"]
    assert escaped_label("a.b:c") == "a_b_c"


def test_units_have_words() -> None:
    assert unit_words("By/min") == ("bytes", "per_min")
    assert unit_words("{packets}/mo") == ("", "per_month")
    assert [unit_suffix(unit) for unit in ("ms", "m/s", "1", "{x}", "foo_bar%")] == [
        "milliseconds",
        "meters_per_second",
        "",
        "",
        "foo_bar",
    ]
