"""The exporter behind the guards, in a running collector, across a reload."""

import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from otel_agent.config.document import Config, decode
from otel_agent.config.registry import installed_registry
from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.collector import Collector
from tests.unit.agent.exporters.prometheus.metric_requests import OPENMETRICS, add_exemplar, sum_of, telemetry_of

PROTOBUF_BODY = {"Content-Type": "application/x-protobuf"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(otlp: int, exposed: int, namespace: str = "") -> Config:
    raw = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{otlp}"}}}},
        "processors": {"clock_skew": {"action": "drop", "max_age": "1h"}, "cardinality_limiter": {"series_limit": 2}},
        "exporters": {
            "prometheus": {"endpoint": f"127.0.0.1:{exposed}", "namespace": namespace, "without_scope_info": True},
            "nop": {},
        },
        "service": {
            "pipelines": {
                "metrics": {"receivers": ["otlp"], "processors": ["cardinality_limiter"], "exporters": ["prometheus"]},
                "traces": {"receivers": ["otlp"], "processors": ["clock_skew"], "exporters": ["nop"]},
            }
        },
    }
    return decode(raw, installed_registry())


@pytest.fixture
async def collector(self_metrics: Any) -> AsyncIterator[Collector]:
    made = Collector(installed_registry(), self_metrics, 10.0)
    yield made
    await made.stop()


def metrics(*users: str) -> Telemetry:
    sums = [sum_of("hits", 1, attributes={"user": user}) for user in users]
    add_exemplar(sums[0].sum.data_points[0], 1.0)
    request = sums[0]
    for other in sums[1:]:
        request.sum.data_points.extend(other.sum.data_points)
    return telemetry_of(request)


async def test_metrics_and_spans_go_through_the_guards(collector: Collector, telemetry_of: Any, scrape: Any) -> None:
    otlp, exposed = free_port(), free_port()
    await collector.start(configuration(otlp, exposed))
    async with aiohttp.ClientSession() as session:

        async def send(path: str, data: bytes) -> None:
            async with session.post(f"http://127.0.0.1:{otlp}/v1/{path}", data=data, headers=PROTOBUF_BODY) as answer:
                assert answer.status == 200

        async def scraped() -> list[str]:
            async with session.get(f"http://127.0.0.1:{exposed}/metrics", headers={"Accept": OPENMETRICS}) as answer:
                lines = (await answer.text()).splitlines()
            return [line.replace('{instance="shop-1",job="web/shop",', "{") for line in lines if "hits_total{" in line]

        await send("metrics", metrics("a", "b", "c", "d").data)
        assert [line.partition(" #")[0] for line in await scraped()] == [
            'hits_total{user="a"} 1',
            'hits_total{user="b"} 1',
            'hits_total{instance="shop-1",job="web/shop",otel_metric_overflow="true"} 2'.replace(
                'instance="shop-1",job="web/shop",', ""
            ),
        ]
        assert "trace_id" in (await scraped())[0]
        await send("traces", telemetry_of(items=3).data)  # spans without a start: nothing to say about them
        assert scrape()['otelcol_processor_outgoing_items{otel_signal="traces",processor="clock_skew"}'] == 3

        await collector.swap(configuration(otlp, exposed, "app"))
        await send("metrics", metrics("a").data)
        assert [line.partition("{")[0] for line in await scraped()] == ["app_hits_total"]
