import pytest

from otel_agent.config.component import ComponentId
from otel_agent.pdata.telemetry import Signal
from otel_agent.telemetry.exposition import Naming, render
from otel_agent.telemetry.instruments import InstrumentKind
from otel_agent.telemetry.metrics import Level, SelfMetrics
from otel_agent.telemetry.process import register_process_metrics

PLAIN = Naming()
SUFFIXED = Naming(without_type_suffix=False, without_units=False)


def series(metrics: SelfMetrics, naming: Naming = PLAIN) -> list[str]:
    return [line for line in render(metrics.families(), {}, naming).splitlines() if line.startswith("otelcol_")]


def test_receiver_counters_have_no_suffix_by_default() -> None:
    metrics = SelfMetrics()
    metrics.receiver(ComponentId("otlp", "in"), "grpc", Signal.METRICS).accepted.add(3)
    assert 'otelcol_receiver_accepted_metric_points{receiver="otlp/in",transport="grpc"} 3' in series(metrics)
    assert 'otelcol_receiver_refused_metric_points{receiver="otlp/in",transport="grpc"} 0' in series(metrics)


def test_the_type_suffix_is_added_to_sums_only() -> None:
    metrics = SelfMetrics()
    metrics.exporter(ComponentId("otlp"), Signal.TRACES)
    names = {line.partition("{")[0] for line in series(metrics, Naming(without_type_suffix=False))}
    assert {"otelcol_exporter_sent_spans_total", "otelcol_exporter_in_flight_requests"} <= names


def test_units_are_added_once() -> None:
    metrics = SelfMetrics()
    register_process_metrics(metrics)
    names = {line.partition(" ")[0] for line in series(metrics, SUFFIXED)}
    assert {
        "otelcol_process_uptime_seconds_total",
        "otelcol_process_cpu_seconds_total",
        "otelcol_process_memory_rss_bytes",
    } <= names
    assert "otelcol_process_uptime" in {line.partition(" ")[0] for line in series(metrics)}


def test_scope_labels_come_with_their_switch() -> None:
    metrics = SelfMetrics()
    metrics.counter("receiver_x", "", {})
    assert series(metrics, Naming(without_scope_info=False)) == [
        'otelcol_receiver_x{otel_scope_name="otel_agent.receiver",otel_scope_schema_url="",otel_scope_version=""} 0'
    ]


def test_a_histogram_counts_cumulatively() -> None:
    metrics = SelfMetrics()
    histogram = metrics.histogram("h", "", {"a": "b"}, (1, 10))
    for value in (1, 2, 10, 99):
        histogram.record(value)
    assert series(metrics) == [
        'otelcol_h_bucket{a="b",le="1"} 1',
        'otelcol_h_bucket{a="b",le="10"} 3',
        'otelcol_h_bucket{a="b",le="+Inf"} 4',
        'otelcol_h_sum{a="b"} 112',
        'otelcol_h_count{a="b"} 4',
    ]


def test_label_values_are_escaped() -> None:
    metrics = SelfMetrics()
    metrics.counter("c", "", {"a": 'x"\\\n'})
    assert series(metrics) == ['otelcol_c{a="x\\"\\\\\\n"} 0']


@pytest.mark.parametrize(("level", "shown"), [(Level.BASIC, 1), (Level.NORMAL, 2), (Level.DETAILED, 3)])
def test_a_level_hides_what_is_above_it(level: Level, shown: int) -> None:
    metrics = SelfMetrics(level)
    for each in (Level.BASIC, Level.NORMAL, Level.DETAILED):
        metrics.counter(f"c{each.value}", "", {}, level=each)
    assert len(series(metrics)) == shown


def test_the_resource_is_shown_as_target_info() -> None:
    text = render([], {"service.name": "otelcol", "1a": "b"}, Naming())
    assert 'target_info{key_1a="b",service_name="otelcol"} 1' in text
    assert 'promhttp_metric_handler_errors_total{cause="gathering"} 0' in text


def test_an_observed_value_is_read_at_each_scrape_and_replaced_by_a_later_one() -> None:
    metrics = SelfMetrics()
    values = iter((1.0, 2.5))
    metrics.observe("g", "", {}, lambda: next(values))
    assert series(metrics) + series(metrics) == ["otelcol_g 1", "otelcol_g 2.5"]
    metrics.observe("g", "", {}, lambda: 7)
    assert series(metrics) == ["otelcol_g 7"]


def test_the_same_name_and_labels_give_the_same_counter() -> None:
    metrics = SelfMetrics()
    assert metrics.counter("c", "", {"a": "1", "b": "2"}) is metrics.counter("c", "", {"b": "2", "a": "1"})
    with pytest.raises(ValueError, match="already registered as a counter, not a gauge"):
        metrics.observe("c", "", {}, lambda: 0, kind=InstrumentKind.GAUGE)


def test_values_of_stopped_components_are_forgotten_and_counters_are_not() -> None:
    metrics = SelfMetrics()
    metrics.exporter_queue(ComponentId("otlp"), Signal.TRACES, lambda: 1, lambda: 2)
    metrics.counter("c", "", {"a": "b"}).add()
    metrics.observe("process_x", "", {}, lambda: 3)
    metrics.forget_observed()
    assert series(metrics) == ['otelcol_c{a="b"} 1', "otelcol_process_x 3"]
    assert "queue" not in render(metrics.families(), {}, PLAIN)


@pytest.mark.parametrize(("key", "label"), [("service.name", "service_name"), ("1st", "key_1st"), ("", "key_"), ("é", "_")])
def test_any_resource_attribute_has_a_valid_label_name(key: str, label: str) -> None:
    assert f'target_info{{{label}="x"}} 1' in render([], {key: "x"}, PLAIN)


def test_a_sum_that_components_compute_never_falls_when_they_are_replaced() -> None:
    metrics = SelfMetrics()

    def hits(number: int) -> None:
        metrics.observe("hits", "", {"receiver": "otlp"}, lambda: number, kind=InstrumentKind.SUM)

    hits(5)
    hits(2)
    assert series(metrics) == ['otelcol_hits{receiver="otlp"} 7']
    metrics.forget_component("receiver", "otlp", "")
    assert series(metrics) == ['otelcol_hits{receiver="otlp"} 7']
    hits(1)
    assert series(metrics) == ['otelcol_hits{receiver="otlp"} 8']
    metrics.forget_observed()
    assert series(metrics) == ['otelcol_hits{receiver="otlp"} 8']
