from collections.abc import Iterable

from otel_agent.telemetry.exposition import Naming, render
from otel_agent.telemetry.instruments import InstrumentKind
from otel_agent.telemetry.metrics import Family, SelfMetrics
from otel_agent.workers.merging import Ledger, frozen, joined


def registry(accepted: int, queue: int, sizes: Iterable[float]) -> SelfMetrics:
    metrics = SelfMetrics()
    metrics.counter("accepted", "Taken.", {"receiver": "otlp"}).add(accepted)
    metrics.observe("queue_size", "Waiting.", {"exporter": "otlp"}, lambda: queue)
    histogram = metrics.histogram("send_size", "Items.", {}, (10, 100))
    for size in sizes:
        histogram.record(size)
    return metrics


def series(families: Iterable[Family]) -> dict[str, str]:
    lines = render(families, {}, Naming()).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith("otelcol_"))


def test_sums_histograms_and_sizes_are_added_up() -> None:
    found = series(joined([frozen(registry(3, 5, [1, 50]).families()), frozen(registry(4, 6, [60, 500]).families())]))
    assert found == {
        'otelcol_accepted{receiver="otlp"}': "7",
        'otelcol_queue_size{exporter="otlp"}': "11",
        'otelcol_send_size_bucket{le="10"}': "1",
        'otelcol_send_size_bucket{le="100"}': "3",
        'otelcol_send_size_bucket{le="+Inf"}': "4",
        "otelcol_send_size_sum": "611",
        "otelcol_send_size_count": "4",
    }


def test_what_only_one_worker_has_is_shown_as_it_is() -> None:
    one, other = SelfMetrics(), SelfMetrics()
    one.counter("a", "", {"x": "1"}).add(1)
    other.counter("a", "", {"x": "2"}).add(2)
    other.counter("b", "", {}).add(3)
    assert series(joined([one.families(), other.families()])) == {
        'otelcol_a{x="1"}': "1",
        'otelcol_a{x="2"}': "2",
        "otelcol_b": "3",
    }


def test_adding_up_leaves_the_parts_as_they_are() -> None:
    part = frozen(registry(3, 5, [1]).families())
    assert series(joined([part, part])) == series(joined([part, part]))


def test_a_frozen_value_does_not_follow_its_instrument() -> None:
    metrics = SelfMetrics()
    counter = metrics.counter("a", "", {})
    before = frozen(metrics.families())
    counter.add(5)
    assert series(before) == {"otelcol_a": "0"}


def test_sums_outlive_their_worker_and_sizes_do_not() -> None:
    ledger = Ledger()
    ledger.note(0, frozen(registry(3, 5, [1]).families()))
    ledger.note(1, frozen(registry(4, 6, [2]).families()))
    ledger.close(1)
    found = series(ledger.families([]))
    assert found['otelcol_accepted{receiver="otlp"}'] == "7"
    assert found['otelcol_queue_size{exporter="otlp"}'] == "5"
    ledger.note(1, frozen(registry(1, 2, []).families()))
    found = series(ledger.families([]))
    assert found['otelcol_accepted{receiver="otlp"}'] == "8"
    assert found['otelcol_queue_size{exporter="otlp"}'] == "7"
    assert found["otelcol_send_size_count"] == "2"


def test_a_name_of_two_kinds_keeps_the_first() -> None:
    one, other = SelfMetrics(), SelfMetrics()
    one.counter("a", "", {}).add(1)
    other.gauge("a", "", {}).set(9)
    merged = joined([one.families(), other.families()])
    assert [family.kind for family in merged] == [InstrumentKind.SUM]
    assert series(merged) == {"otelcol_a": "1"}
