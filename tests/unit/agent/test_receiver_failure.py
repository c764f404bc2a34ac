"""A receiver whose port cannot be served any more ends the collector, with the reason."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pipeline.service import run
from otel_agent.receivers.otlp.front_end import native_module
from tests.unit.agent.listener import break_listener

pytestmark = pytest.mark.skipif(native_module() is None, reason="the portable servers leave this to asyncio and gRPC")


async def test_the_collector_ends_with_code_one_and_names_receiver_and_reason(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    raw: dict[str, Any] = {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"nop": None},
        "service": {
            "telemetry": {"metrics": {"level": "none"}, "logs": {"output_paths": [str(tmp_path / "log")]}},
            "pipelines": {"logs": {"receivers": ["otlp"], "exporters": ["nop"]}},
        },
    }
    config = decode(raw, installed_registry())
    running = asyncio.create_task(run(lambda: config, config=config))
    async with asyncio.timeout(10):
        while not break_listener(port):  # noqa: ASYNC110 -- nothing tells when the port is open
            await asyncio.sleep(0.01)
        assert await running == 1
    log = (tmp_path / "log").read_text()
    assert 'receiver \\"otlp\\" failed: ' in log
    assert "the listening socket accepts no connections any more" in log
