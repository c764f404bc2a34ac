"""Jobs and targets from a target allocator, a real HTTP server here."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from otel_agent.receivers.prometheus.allocator import AllocatorError, make_job, parse_jobs, targets_url
from otel_agent.receivers.prometheus.config import TargetAllocatorConfig
from otel_agent.receivers.prometheus.settings.scrape import GlobalConfig
from tests.unit.agent.receivers.prometheus.reading import attributes_of, metrics_of, up


def allocator(**settings: Any) -> TargetAllocatorConfig:
    return TargetAllocatorConfig.model_validate({"endpoint": "http://ta/", "collector_id": "c 0", **settings})


def test_a_job_of_the_allocator_takes_its_targets_from_there():
    raw = {
        "job_name": "a/b",
        "kubernetes_sd_configs": [{"role": "pod"}],
        "static_configs": [{"targets": ["x:1"]}],
        "scrape_interval": "20s",
    }
    job = make_job("a/b", raw, allocator(), GlobalConfig())
    assert (job.kubernetes_sd_configs, job.static_configs, job.scrape_interval) == ([], [], 20.0)
    (discovery,) = job.http_sd_configs
    assert (discovery.url, discovery.refresh_interval) == ("http://ta/jobs/a%2Fb/targets?collector_id=c+0", 30.0)
    assert job.fallback_scrape_protocol == "PrometheusText0.0.4"


def test_how_targets_are_fetched_and_scraped_can_be_told():
    config = allocator(http_sd_config={"refresh_interval": "5s"}, http_scrape_config={"authorization": {"credentials": "t"}})
    job = make_job("a", {}, config, GlobalConfig())
    assert job.http_sd_configs[0].refresh_interval == 5.0
    assert str(job.authorization.credentials) == "t"
    assert targets_url(config, "a") == job.http_sd_configs[0].url


@pytest.mark.parametrize(("shard", "expected"), [(None, "0"), ("3", "3")])
def test_the_shard_is_filled_in(monkeypatch, shard, expected):
    monkeypatch.delenv("SHARD", raising=False)
    if shard is not None:
        monkeypatch.setenv("SHARD", shard)
    for body in (b'{"a": {"job_name": "$(SHARD)"}}', b"a: {job_name: '$(SHARD)'}"):
        assert parse_jobs(body) == {"a": {"job_name": expected}}


@pytest.mark.parametrize("body", [b"\xff", b"{", b"[1]", b"{'a': 1}", b"a: 1"])
def test_an_answer_that_is_no_map_of_jobs_is_refused(body):
    with pytest.raises(AllocatorError):
        parse_jobs(body)


def test_a_job_with_a_mistake_is_named():
    with pytest.raises(AllocatorError, match='job "a" of the target allocator: colour'):
        make_job("a", {"colour": "red"}, allocator(), GlobalConfig())


async def test_jobs_of_the_allocator_are_scraped_and_go_when_it_drops_them(serve, receiver, received, scrape):
    async def expose(request: web.Request) -> web.Response:
        return web.Response(text="heat 1\n", content_type="text/html")  # which only the fallback can read

    target = await serve(expose)
    jobs: dict[str, Any] = {"a/b": {"job_name": "a/b", "scrape_interval": "1s"}, "broken": {"colour": "red"}}
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(str(request.rel_url))
        if request.path == "/scrape_configs":
            return web.Response(text=json.dumps(jobs), content_type="application/json")
        return web.json_response([{"targets": [target], "labels": {"zone": "x"}}])

    endpoint = f"http://{await serve(answer)}"
    await receiver({"target_allocator": {"endpoint": endpoint, "collector_id": "c-0", "interval": "100ms"}})
    request = await received(lambda request: up(request) == 1)
    assert attributes_of(request.resource_metrics[0].resource)["service.name"] == "a/b"
    assert attributes_of(metrics_of(request)["heat"].gauge.data_points[0]) == {"zone": "x"}
    assert "/jobs/a%2Fb/targets?collector_id=c-0" in asked
    del jobs["a/b"]
    stale = await received(lambda request: metrics_of(request)["up"].gauge.data_points[0].flags == 1)
    assert metrics_of(stale)["heat"].gauge.data_points[0].flags == 1
    async with asyncio.timeout(20):
        while scrape()['otelcol_targetallocator_config_sync_updates{receiver="prometheus"}'] != 2:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)


async def test_an_allocator_that_is_away_at_first_is_asked_again(serve, receiver, received, caplog):
    async def expose(request: web.Request) -> web.Response:
        return web.Response(text="heat 1\n")

    target, calls = await serve(expose), 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        if calls == 1:
            return web.Response(status=503)
        if request.path == "/scrape_configs":
            return web.json_response({"a": {"scrape_interval": "1s"}})
        return web.json_response([{"targets": [target]}])

    await receiver({"target_allocator": {"endpoint": f"http://{await serve(answer)}", "collector_id": "c-0"}})
    async with asyncio.timeout(20):
        assert up(await received(lambda request: up(request) == 1)) == 1
    assert any("HTTP status 503" in getattr(record, "error", "") for record in caplog.records)
