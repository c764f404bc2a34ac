"""A subscription tells everything once, then changes, and all anew when the server has forgotten what changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from otel_operator.errors import ApiError
from otel_operator.kinds import POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.reflector import Reflector
from otel_operator.kube.retry import RetryPolicy
from otel_operator.kube.subscription import Subscription

JsonObject = dict[str, Any]
AT_ONCE = RetryPolicy(attempts=1 << 62, first=0.001, longest=0.001)


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
async def reflector(client: KubeClient, connection: Connection, told: Told) -> AsyncIterator[Reflector[Subscription]]:
    pods = Subscription(POD, listed=told.listed, changed=told.changed)
    async with connection.session() as session:
        yield Reflector(client, session, connection, pods, AT_ONCE, "n", labels="injected", fields="x=y")


def page(*pods: JsonObject, version: int, more: str = "") -> web.Response:
    return web.json_response({"items": pods, "metadata": {"resourceVersion": str(version), "continue": more}})


async def test_pages_are_told_as_one_list(server: Any, reflector: Reflector[Subscription], told: Told) -> None:
    def answer(request: web.Request, body: Any) -> web.Response:
        assert request.path == "/api/v1/namespaces/n/pods"
        assert (request.query["labelSelector"], request.query["fieldSelector"]) == ("injected", "x=y")
        assert "PartialObjectMetadataList" in request.headers["Accept"]
        return page(pod("b", 2), version=9) if request.query.get("continue") else page(pod("a", 1), version=9, more="token")

    server.answer = answer
    await reflector.list()
    assert told.lists == [[("n", "a"), ("n", "b")]]
    assert told.changes == [("a", False), ("b", False)]
    assert reflector.version == "9"


async def test_changes_follow_from_the_version_last_seen_and_a_forgotten_one_is_listed_anew(
    server: Any, reflector: Reflector[Subscription], told: Told
) -> None:
    watched: list[str] = []
    bodies = [
        event("ADDED", pod("b", 11)) + event("DELETED", pod("a", 12)) + event("BOOKMARK", pod("", 20)),
        event("ERROR", {"code": 410, "reason": "Expired", "message": "too old"}),
    ]

    def answer(request: web.Request, body: Any) -> web.Response:
        if "watch" not in request.query:
            return page(pod("c", 3), version=30) if told.lists else page(pod("a", 1), version=10)
        assert request.path == "/api/v1/namespaces/n/pods"
        assert (request.query["labelSelector"], request.query["fieldSelector"]) == ("injected", "x=y")
        watched.append(request.query["resourceVersion"])
        return web.Response(body=bodies.pop(0) if bodies else b"")

    server.answer = answer
    task = asyncio.create_task(reflector.run())
    await told.until(lambda: len(told.lists) == 2)
    task.cancel()
    await asyncio.wait((task,))
    assert told.lists == [[("n", "a")], [("n", "c")]]
    assert told.changes == [("a", False), ("b", False), ("a", True), ("c", False)]
    assert watched[:2] == ["10", "20"]


async def test_list_that_is_refused_is_an_error_of_the_caller(server: Any, reflector: Reflector[Subscription]) -> None:
    server.answer = lambda request, body: web.json_response({"reason": "Forbidden"}, status=403)
    with pytest.raises(ApiError):
        await reflector.list()
