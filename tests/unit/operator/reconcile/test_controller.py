"""A controller whose background work breaks says so instead of going on half alive."""

import asyncio
from typing import Any

from aiohttp import web

from otel_operator.kube.client import KubeClient
from otel_operator.kube.events import EventRecorder
from otel_operator.reconcile.controller import Controller
from otel_operator.settings import Settings


async def test_a_resync_that_meets_what_it_cannot_read_breaks_the_controller(server: Any, client: KubeClient) -> None:
    controller = Controller(client, EventRecorder(client, "me"), Settings(), resync_period=0.01)
    await controller.start()
    server.answer = lambda request, body: web.json_response({"items": [{"metadata": {}}]})
    async with asyncio.timeout(10):
        error = await controller.broken()
    await controller.stop()
    assert isinstance(error, KeyError)
