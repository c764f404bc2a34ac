"""A watch of metadata tells everything once, then changes, and lists anew when the server has forgotten."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.errors import ApiError
from otel_operator.kinds import POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.metadata_watch import MetadataWatch

JsonObject = dict[str, Any]


def pod(name: str, version: int) -> JsonObject:
    return {"metadata": {"name": name, "namespace": "n", "resourceVersion": str(version)}}


def event(kind: str, obj: JsonObject) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


class Told:
    """What the watch told, in order."""

    def __init__(self) -> None:
        self.lists: list[list[tuple[str, str]]] = []
        self.changes: list[tuple[str, bool]] = []
        self.news = asyncio.Event()

    def listed(self, names: Any) -> None:
        self.lists.append(sorted(names))
        self.news.set()

    def changed(self, obj: JsonObject, deleted: bool) -> None:
        self.changes.append((obj["metadata"]["name"], deleted))
        self.news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self.news.clear()
                await self.news.wait()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watch(client: KubeClient, connection: Connection, told: Told) -> MetadataWatch:
    return MetadataWatch(client, connection, POD, None, labels="injected", fields="x=y", listed=told.listed, changed=told.changed)


def page(*pods: JsonObject, version: int, more: str = "") -> web.Response:
    return web.json_response({"items": pods, "metadata": {"resourceVersion": str(version), "continue": more}})


async def test_pages_are_told_as_one_list(server: Any, watch: MetadataWatch, told: Told) -> None:
    def answer(request: web.Request, body: Any) -> web.Response:
        assert request.query["labelSelector"] == "injected"
        assert "PartialObjectMetadataList" in request.headers["Accept"]
        return page(pod("b", 2), version=9) if request.query.get("continue") else page(pod("a", 1), version=9, more="token")

    server.answer = answer
    await watch.list()
    assert told.lists == [[("n", "a"), ("n", "b")]]
    assert told.changes == [("a", False), ("b", False)]


async def test_changes_follow_from_the_version_last_seen_and_a_forgotten_one_is_listed_anew(
    server: Any, watch: MetadataWatch, told: Told
) -> None:
    watched: list[str] = []
    bodies = [
        event("ADDED", pod("b", 11)) + event("DELETED", pod("a", 12)) + event("BOOKMARK", pod("", 20)),
        event("ERROR", {"code": 410, "reason": "Expired", "message": "too old"}),
    ]

    def answer(request: web.Request, body: Any) -> web.Response:
        if "watch" not in request.query:
            return page(pod("c", 3), version=30) if told.lists else page(pod("a", 1), version=10)
        watched.append(request.query["resourceVersion"])
        return web.Response(body=bodies.pop(0) if bodies else b"")

    server.answer = answer
    task = asyncio.create_task(watch.run())
    await told.until(lambda: len(told.lists) == 2)
    task.cancel()
    assert told.lists == [[("n", "a")], [("n", "c")]]
    assert told.changes == [("a", False), ("b", False), ("a", True), ("c", False)]
    assert watched[:2] == ["10", "20"]


async def test_list_that_is_refused_is_an_error_of_the_caller(server: Any, watch: MetadataWatch) -> None:
    server.answer = lambda request, body: web.json_response({"reason": "Forbidden"}, status=403)
    with pytest.raises(ApiError):
        await watch.list()
