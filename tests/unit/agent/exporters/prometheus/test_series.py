"""What becomes of points: values, deltas, late and stale points, expiry."""

from typing import Any

import pytest

from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError
from tests.unit.agent.exporters.prometheus.metric_requests import gauge_of, histogram_of, sum_of


async def test_the_latest_value_is_shown_with_job_and_instance(start: Any) -> None:
    running = await start()
    await running.send(sum_of("hits", 3, attributes={"path": "/"}))
    await running.send(sum_of("hits", 5, time=2, attributes={"path": "/"}))
    assert await running.series() == ['hits_total{instance="shop-1",job="web/shop",path="/"} 5']


async def test_attributes_in_another_order_are_the_same_series(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0, attributes={"a": "1", "b": "2"}), resource={})
    await running.send(gauge_of("load", 2.0, time=2, attributes={"b": "2", "a": "1"}), resource={})
    assert await running.series() == ['load{a="1",b="2"} 2.0']


async def test_a_late_point_is_ignored(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 2.0, time=20), resource={})
    await running.send(gauge_of("load", 1.0, time=10), resource={})
    assert await running.series() == ["load 2.0"]


async def test_a_stale_point_removes_its_series_only(start: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0, attributes={"cpu": "0"}), resource={})
    await running.send(gauge_of("load", 1.0, attributes={"cpu": "1"}), resource={})
    await running.send(gauge_of("load", 0.0, time=2, flags=1, attributes={"cpu": "0"}), resource={})
    assert await running.series() == ['load{cpu="1"} 1.0']


async def test_deltas_that_follow_each_other_are_added_up(start: Any) -> None:
    running = await start()
    for number in range(3):
        await running.send(sum_of("hits", 2, time=number + 1, start=number, delta=True), resource={})
    assert await running.series() == ["hits_total 6"]


async def test_a_delta_after_a_gap_begins_anew(start: Any) -> None:
    running = await start()
    await running.send(sum_of("hits", 2, time=1, start=0, delta=True), resource={})
    await running.send(sum_of("hits", 3, time=9, start=8, delta=True), resource={})
    assert await running.series() == ["hits_total 3"]


async def test_histogram_deltas_are_added_up_and_overlapping_ones_dropped(start: Any, scrape: Any) -> None:
    running = await start()
    for number in range(2):
        await running.send(histogram_of("took", [1, 2], [0.5], time=number + 2, start=number + 1, delta=True), resource={})
    await running.send(histogram_of("took", [50, 50], [0.7], time=9, start=1, delta=True), resource={})
    assert await running.series() == ['took_bucket{le="0.5"} 2', 'took_bucket{le="+Inf"} 6', "took_sum 3.0", "took_count 6"]
    assert scrape()['otelcol_exporter_prometheus_dropped_points{exporter="prometheus",reason="misaligned"}'] == 1


async def test_a_delta_with_other_bounds_begins_anew(start: Any) -> None:
    running = await start()
    await running.send(histogram_of("took", [1, 2], [0.5], time=2, start=1, delta=True), resource={})
    await running.send(histogram_of("took", [4, 0], [0.7], time=3, start=2, delta=True), resource={})
    assert (await running.series())[:2] == ['took_bucket{le="0.7"} 4', 'took_bucket{le="+Inf"} 4']


@pytest.mark.parametrize("options", [{"temporality": 0}, {"delta": True, "monotonic": False}])
async def test_sums_that_have_no_prometheus_meaning_are_dropped_and_counted(start: Any, scrape: Any, options: Any) -> None:
    running = await start()
    await running.send(sum_of("odd", 2, **options))
    assert await running.series() == []
    assert scrape()['otelcol_exporter_prometheus_dropped_points{exporter="prometheus",reason="temporality"}'] == 1


async def test_a_series_without_new_points_expires_and_comes_back(start: Any, clock: Any, scrape: Any) -> None:
    running = await start(metric_expiration="60s")
    await running.send(gauge_of("old", 1.0))
    clock.now += 50
    await running.send(gauge_of("young", 1.0))
    clock.now += 20
    assert [line.partition("{")[0] for line in await running.series()] == ["young"]
    assert scrape()['otelcol_exporter_prometheus_series{data_type="metrics",exporter="prometheus"}'] == 1
    clock.now += 100
    assert await running.scrape() == "", "the target goes with its series"
    await running.send(gauge_of("old", 2.0, time=2))
    assert [line.rpartition(" ")[2] for line in await running.series()] == ["2.0"]


async def test_without_expiration_a_series_stays(start: Any, clock: Any) -> None:
    running = await start(metric_expiration="0s")
    await running.send(gauge_of("old", 1.0), resource={})
    clock.now += 1e9
    assert await running.series() == ["old 1.0"]


async def test_of_two_types_with_one_name_the_first_is_shown(start: Any, scrape: Any, caplog: Any) -> None:
    running = await start()
    await running.send(gauge_of("load", 1.0), histogram_of("load", [1], []), resource={})
    await running.send(histogram_of("load", [1], []), resource={})
    assert await running.series() == ["load 1.0"]
    assert scrape()['otelcol_exporter_prometheus_dropped_points{exporter="prometheus",reason="type_conflict"}'] == 2
    assert sum("different type" in record.message for record in caplog.records) == 1, "once a minute"


async def test_of_two_descriptions_the_first_is_shown(start: Any, caplog: Any) -> None:
    caplog.set_level("INFO")
    running = await start()
    await running.send(gauge_of("load", 1.0, description="one", attributes={"a": "1"}))
    await running.send(gauge_of("load", 1.0, description="two", attributes={"a": "2"}), scope="other")
    text = await running.scrape()
    assert "# HELP load one\n" in text
    assert "two" not in text
    assert any("different descriptions" in record.message for record in caplog.records)


async def test_what_cannot_be_decoded_is_refused_for_good(start: Any) -> None:
    running = await start()
    with pytest.raises(PermanentError, match="malformed metrics request"):
        await running.exporter.consume(Telemetry(Signal.METRICS, b"\x0a\xff", 1))
