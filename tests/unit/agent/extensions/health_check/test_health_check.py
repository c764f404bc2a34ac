from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from otel_agent.config.component import ComponentKind
from otel_agent.extensions.health_check.answer import answer
from otel_agent.extensions.health_check.config import HealthCheckConfig, ResponseBody
from otel_agent.extensions.health_check.factory import create
from otel_agent.pipeline.component import PipelineWatcher
from otel_agent.pipeline.errors import StartError
from otel_agent.telemetry.admin import Reply

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_it_is_unavailable_before_the_pipelines_are_ready() -> None:
    body = '{"status":"Server not available","upSince":"0001-01-01T00:00:00Z","uptime":""}'
    assert answer(None, NOW, None) == Reply(body, "application/json", 503)


def test_it_tells_since_when_and_how_long_it_is_up() -> None:
    body = '{"status":"Server available","upSince":"2026-01-02T03:02:59Z","uptime":"1m6s"}'
    assert answer(NOW - timedelta(seconds=66), NOW, None) == Reply(body, "application/json", 200)


def test_configured_bodies_are_plain_text() -> None:
    body = ResponseBody(healthy="yes", unhealthy="no")
    assert answer(NOW, NOW, body) == Reply("yes", "text/plain", 200)
    assert answer(None, NOW, body) == Reply("no", "text/plain", 503)


def test_defaults_are_those_of_the_go_extension() -> None:
    config = HealthCheckConfig()
    assert (config.endpoint, config.path, config.response_body) == ("localhost:13133", "/", None)


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(ValidationError, match="path must start with /"):
        HealthCheckConfig.model_validate({"path": "health"})


async def test_it_answers_503_then_200_then_503(make_context: Any, host: Any) -> None:
    config = HealthCheckConfig.model_validate({"endpoint": "127.0.0.1:0", "path": "/health"})
    extension: Any = create(config, make_context(ComponentKind.EXTENSION, "health_check", None))
    assert isinstance(extension, PipelineWatcher)
    await extension.start(host)
    url = f"http://127.0.0.1:{extension.port}/health"
    statuses = []
    async with aiohttp.ClientSession() as session:
        statuses.append((await session.get(url)).status)
        extension.pipelines_ready()
        statuses.append((await session.get(url)).status)
        extension.pipelines_not_ready()
        statuses.append((await session.get(url)).status)
    await extension.shutdown()
    await extension.shutdown()
    assert statuses == [503, 200, 503]


async def test_authentication_is_refused_rather_than_ignored(make_context: Any, host: Any) -> None:
    config = HealthCheckConfig.model_validate({"endpoint": "127.0.0.1:0", "auth": {"authenticator": "basicauth"}})
    with pytest.raises(StartError, match="auth and middlewares are not supported"):
        await create(config, make_context(ComponentKind.EXTENSION, "health_check", None)).start(host)


async def test_an_unusable_certificate_fails_the_start(make_context: Any, host: Any) -> None:
    config = HealthCheckConfig.model_validate({"endpoint": "127.0.0.1:0", "tls": {"cert_pem": "x", "key_pem": "y"}})
    with pytest.raises(StartError, match="tls"):
        await create(config, make_context(ComponentKind.EXTENSION, "health_check", None)).start(host)
