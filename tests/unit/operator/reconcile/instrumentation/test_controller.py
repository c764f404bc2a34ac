"""The Instrumentation controller waits for the API server without holding anybody else up, and does not break over it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.events import EventRecorder
from otel_operator.reconcile.instrumentation.controller import InstrumentationController
from otel_operator.reconcile.ownership import Key
from otel_operator.settings import Settings


def controller_of(client: KubeClient, connection: Connection) -> InstrumentationController:
    return InstrumentationController(client, connection, EventRecorder(client, "me"), Settings())


async def test_lists_that_are_refused_are_tried_again(
    server: Any, client: KubeClient, connection: Connection, instrumentation: Callable[..., Any]
) -> None:
    refusals, reconciled = 2, asyncio.Event()

    def answer(request: web.Request, body: Any) -> web.Response:
        nonlocal refusals
        if refusals:
            refusals -= 1
            return web.json_response({"reason": "Forbidden"}, status=403)
        if request.method == "GET" and request.path.endswith("/instrumentations"):
            return web.json_response({"items": [instrumentation()], "metadata": {"resourceVersion": "1"}})
        return web.json_response({"items": [], "metadata": {"resourceVersion": "1"}, **instrumentation(version=2)})

    server.answer = answer
    events = EventRecorder(client, "me")
    controller = InstrumentationController(
        client, connection, events, Settings(), observe=lambda result, seconds: reconciled.set(), start_pause=0.01
    )
    controller.begin()
    async with asyncio.timeout(20):
        await reconciled.wait()
    assert Key("apps", "sdk") in controller.instrumentations.known
    await controller.stop()


async def test_a_kind_that_is_not_served_is_asked_for_again_and_told_once(
    server: Any, client: KubeClient, connection: Connection, instrumentation: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    absent, reconciled = 3, asyncio.Event()

    def answer(request: web.Request, body: Any) -> web.Response:
        nonlocal absent
        if absent:
            absent -= 1
            return web.json_response({"reason": "NotFound"}, status=404)
        if request.method == "GET" and request.path.endswith("/instrumentations"):
            return web.json_response({"items": [instrumentation()], "metadata": {"resourceVersion": "1"}})
        return web.json_response({"items": [], "metadata": {"resourceVersion": "1"}, **instrumentation(version=2)})

    server.answer = answer
    controller = InstrumentationController(
        client,
        connection,
        EventRecorder(client, "me"),
        Settings(),
        observe=lambda result, seconds: reconciled.set(),
        crd_pause=0.01,
    )
    controller.begin()
    async with asyncio.timeout(20):
        await reconciled.wait()
    assert caplog.text.count("does not serve opentelemetry.io/v1alpha1 instrumentations") == 1
    # While it was not there, nothing else was asked for.
    assert {path.partition("?")[0] for _, path, _ in server.requests[:3]} == {"/apis/opentelemetry.io/v1alpha1/instrumentations"}
    await controller.stop()


async def test_what_cannot_be_read_breaks_the_controller(server: Any, client: KubeClient, connection: Connection) -> None:
    server.answer = lambda request, body: web.json_response({"items": [{"metadata": {}}]})
    controller = controller_of(client, connection)
    controller.begin()
    async with asyncio.timeout(20):
        assert isinstance(await controller.broken(), KeyError)
    await controller.stop()
