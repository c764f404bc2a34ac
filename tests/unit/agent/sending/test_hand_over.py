"""What an exporter could not send in time goes to another one, and what that one does not get is counted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from otel_agent.config.blocks.exporter_queue import QueueConfig
from otel_agent.pipeline.errors import RetryableError
from otel_agent.pipeline.sending import SendingExporter

Start = Callable[..., Awaitable[SendingExporter]]


async def test_a_successor_gets_everything_that_is_left(peer: Any, start: Start, sink: Any, telemetry_of: Any) -> None:
    peer.always = RetryableError("down")
    exporter = await start(QueueConfig(num_consumers=1))
    for first in range(3):
        await exporter.consume(telemetry_of(items=2, first=first))
    exporter.successor = sink
    await exporter.shutdown()
    assert sum(sink.sizes) == 6


async def test_what_a_cut_off_hand_over_leaves_is_counted(
    peer: Any, start: Start, sink: Any, telemetry_of: Any, scrape: Callable[[], dict[str, float]]
) -> None:
    peer.always = RetryableError("down")
    exporter = await start(QueueConfig(num_consumers=1))
    for first in range(3):
        await exporter.consume(telemetry_of(items=2, first=first))
    sink.gate.clear()
    exporter.successor = sink
    stopping = asyncio.create_task(exporter.shutdown())
    await sink.arrived.wait()
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    assert scrape()['otelcol_exporter_send_failed_spans{exporter="test"}'] == 6
