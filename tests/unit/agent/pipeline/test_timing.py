import asyncio
from typing import Any

import pytest

from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.graph import build
from otel_agent.telemetry.metrics import Level

SUM = 'otelcol_processor_internal_duration_sum{otel_signal="traces",processor="%s"}'
COUNT = 'otelcol_processor_internal_duration_count{otel_signal="traces",processor="%s"}'


@pytest.mark.parametrize("level", [Level.DETAILED])
async def test_time_beyond_a_processor_is_not_its_own(engine: Any, self_metrics: Any, telemetry_of: Any, scrape: Any) -> None:
    graph = build(engine.config({"traces": "r > p p/slow > e"}), engine.registry, self_metrics)
    slow, exporter = engine.made["p/slow@traces"], engine.made["e@traces"]
    work, end = slow.consume, exporter.consume

    async def work_slowly(telemetry: Any) -> None:
        await asyncio.sleep(0.05)
        await work(telemetry)

    async def end_slowly(telemetry: Any) -> None:
        await asyncio.sleep(0.2)
        await end(telemetry)

    slow.consume, exporter.consume = work_slowly, end_slowly
    for _ in range(2):
        await graph.receivers[0].component.context.consumers[Signal.TRACES].consume(telemetry_of(Signal.TRACES))
    values = scrape()
    assert values[COUNT % "p"] == values[COUNT % "p/slow"] == 2
    assert values[SUM % "p"] < 0.05
    assert 0.1 <= values[SUM % "p/slow"] < 0.3
    assert values['otelcol_processor_incoming_items{otel_signal="traces",processor="p"}'] > 0


async def test_below_level_detailed_nothing_is_measured(engine: Any, self_metrics: Any, telemetry_of: Any, scrape: Any) -> None:
    graph = build(engine.config({"traces": "r > p > e"}), engine.registry, self_metrics)
    receiver: Any = graph.receivers[0].component
    await receiver.consume(telemetry_of(Signal.TRACES))
    assert not any("internal_duration" in name for name in scrape())
