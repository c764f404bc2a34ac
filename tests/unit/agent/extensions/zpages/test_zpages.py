from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.extensions.zpages import pages
from otel_agent.extensions.zpages.config import ZPagesConfig
from otel_agent.extensions.zpages.factory import create
from otel_agent.pipeline.collector import Collector
from otel_agent.pipeline.errors import StartError
from otel_agent.pipeline.overview import Outcome, Overview, Reload
from otel_agent.pipeline.status import InstanceId, Status


def test_defaults_are_those_of_the_go_extension() -> None:
    config = ZPagesConfig()
    assert (config.endpoint, config.expvar.enabled) == ("localhost:55679", False)


def test_an_address_is_needed() -> None:
    with pytest.raises(ValidationError, match='"endpoint" is required'):
        ZPagesConfig.model_validate({"endpoint": ""})


def test_errors_are_shown_escaped() -> None:
    overview = Overview()
    instance = InstanceId(ComponentKind.EXPORTER, ComponentId("otlp"), "traces")
    overview.board.report(instance, Status.RECOVERABLE_ERROR, "<b>down</b>")
    overview.last_reload = Reload(Outcome.REFUSED, datetime(2026, 1, 2, tzinfo=UTC), "receivers::otlp: <x>")
    page = pages.service(overview)
    assert "&lt;b&gt;down&lt;/b&gt;" in page
    assert "receivers::otlp: &lt;x&gt;" in page
    assert "StatusRecoverableError" in page
    assert "StatusRecoverableError" not in pages.extensions(overview)


@pytest.fixture
async def collector(self_metrics: Any) -> AsyncIterator[Collector]:
    raw = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": "127.0.0.1:0"}}}},
        "exporters": {"nop": None},
        "extensions": {"zpages": {"endpoint": "127.0.0.1:0", "expvar": {"enabled": True}}},
        "service": {"extensions": ["zpages"], "pipelines": {"traces/in": {"receivers": ["otlp"], "exporters": ["nop"]}}},
    }
    made = Collector(installed_registry(), self_metrics)
    await made.start(decode(raw, installed_registry()))
    yield made
    await made.stop()


async def test_a_running_collector_shows_its_parts(collector: Collector) -> None:
    assert collector.host is not None
    base = f"http://127.0.0.1:{collector.host.extension(ComponentId('zpages')).port}/debug/"
    texts = {}
    async with aiohttp.ClientSession() as session:
        for name in ("servicez", "pipelinez", "extensionz", "featurez", "tracez", "expvarz"):
            async with session.get(base + name) as answer:
                assert answer.status == 200
                texts[name] = await answer.text()
    assert "<td>traces/in</td><td>otlp</td><td></td><td>nop</td>" in texts["pipelinez"]
    assert "<td>extension</td><td>zpages</td><td></td><td>StatusOK</td>" in texts["extensionz"]
    assert "service.AllowNoPipelines" in texts["featurez"]
    assert orjson.loads(texts["expvarz"])["memstats"]["Sys"] > 1_000_000


async def test_authentication_is_refused_rather_than_ignored(make_context: Any, host: Any) -> None:
    config = ZPagesConfig.model_validate({"endpoint": "127.0.0.1:0", "auth": {"authenticator": "basicauth"}})
    with pytest.raises(StartError, match="auth and middlewares are not supported"):
        await create(config, make_context(ComponentKind.EXTENSION, "zpages", None)).start(host)
