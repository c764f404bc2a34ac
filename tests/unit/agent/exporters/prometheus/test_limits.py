"""What bounds the exporter's memory, and how it tells."""

from typing import Any

from tests.unit.agent.exporters.prometheus.metric_requests import gauge_of

LIMITED = 'otelcol_exporter_prometheus_limited_points{attribute="user",exporter="prometheus",metric="load"}'


def crowd(first: int, number: int) -> list[Any]:
    return [gauge_of("load", 1.0, attributes={"user": f"u{n}", "cpu": str(n % 2)}) for n in range(first, first + number)]


async def test_series_beyond_the_limit_are_dropped_and_the_widest_label_is_named(start: Any, scrape: Any, caplog: Any) -> None:
    running = await start(series_limit=10)
    await running.send(*crowd(0, 25))
    assert len(await running.series()) == 10
    assert scrape()[LIMITED] == 15
    assert scrape()['otelcol_exporter_prometheus_dropped_points{exporter="prometheus",reason="series_limit"}'] == 15
    told = [record for record in caplog.records if "as many series as allowed" in record.message]
    assert [(record.metric, record.attribute, record.limit) for record in told] == [("load", "user", 10)]


async def test_known_series_are_updated_at_the_limit(start: Any) -> None:
    running = await start(series_limit=1)
    await running.send(gauge_of("load", 1.0), resource={})
    await running.send(gauge_of("load", 1.0, attributes={"new": "1"}), gauge_of("load", 7.0, time=2), resource={})
    assert await running.series() == ["load 7.0"]


async def test_other_metrics_are_not_affected_by_one_at_its_limit(start: Any) -> None:
    running = await start(series_limit=2)
    await running.send(*crowd(0, 5), gauge_of("fine", 1.0))
    assert len(await running.series()) == 3


async def test_all_metrics_together_have_a_limit(start: Any) -> None:
    running = await start(total_series_limit=3)
    await running.send(*(gauge_of(f"metric{n}", 1.0) for n in range(9)))
    assert len(await running.series()) == 3


async def test_expired_series_make_room(start: Any, clock: Any) -> None:
    running = await start(series_limit=2, metric_expiration="10s")
    await running.send(*crowd(0, 2))
    clock.now += 11
    running.peer.expire()
    await running.send(*crowd(2, 2))
    assert [line.count('user="u2"') + line.count('user="u3"') for line in await running.series()] == [1, 1]
