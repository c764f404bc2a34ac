"""List, watch and what follows when either breaks, against a server that answers as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from otel_operator.kinds import REPLICASET
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import Connection
from otel_operator.kube.reflector import Reflector
from otel_operator.kube.retry import RetryPolicy
from otel_operator.kube.view import View

AT_ONCE = RetryPolicy(attempts=1 << 62, first=0.001, longest=0.001)


def replica_set(name: str, version: int) -> dict[str, Any]:
    return {"metadata": {"namespace": "shop", "name": name, "resourceVersion": str(version)}}


def event(type_: str, name: str, version: int) -> dict[str, Any]:
    return {"type": type_, "object": replica_set(name, version)}


def bookmark(version: int) -> dict[str, Any]:
    return {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(version)}}}


def expired() -> dict[str, Any]:
    return {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}


def listed(*names: str, version: int) -> web.Response:
    return web.json_response({"metadata": {"resourceVersion": str(version)}, "items": [replica_set(n, version) for n in names]})


def watched(*events: dict[str, Any]) -> web.Response:
    return web.Response(body=b"".join(json.dumps(item).encode() + b"\n" for item in events))


class Script:
    """Answers lists and watches in order; when the watches are used up, the last one is given again."""

    def __init__(self, lists: Iterable[web.Response], watches: list[web.Response]) -> None:
        self.lists, self.watches = iter(lists), watches
        self.watched_from: list[str] = []
        self.listings = 0

    def __call__(self, request: web.Request, body: Any) -> web.Response:
        if "watch" not in request.query:
            self.listings += 1
            return next(self.lists)
        self.watched_from.append(request.query["resourceVersion"])
        assert request.query["allowWatchBookmarks"] == "true"
        answer = self.watches[min(len(self.watched_from), len(self.watches)) - 1]
        return web.Response(body=answer.body, status=answer.status)


@pytest.fixture
def reflecting(server: Any, client: KubeClient, connection: Connection) -> Any:
    """Return a context in which a reflector follows a script."""

    @asynccontextmanager
    async def run(script: Callable[..., web.Response], *, metadata_only: bool = True) -> AsyncIterator[Reflector[View[str]]]:
        server.answer = script
        view = View(REPLICASET, lambda obj: str(obj["metadata"]["name"]), metadata_only=metadata_only)
        async with connection.session() as session:
            reflector = Reflector(client, session, connection, view, AT_ONCE)
            task = asyncio.create_task(reflector.run())
            try:
                yield reflector
            finally:
                task.cancel()
                await asyncio.wait((task,))

    return run


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for arrives over a socket
            await asyncio.sleep(0.005)


def names(reflector: Reflector[View[str]]) -> list[str]:
    return sorted(reflector.view.of("shop"))


async def test_a_list_is_followed_by_a_watch_of_what_changed_since(reflecting: Any) -> None:
    changes = watched(event("ADDED", "c", 11), event("DELETED", "a", 12), event("MODIFIED", "b", 13))
    script = Script([listed("a", "b", version=10)], [changes, watched(bookmark(14))])
    async with reflecting(script) as reflector:
        await until(lambda: len(script.watched_from) > 2)
        assert names(reflector) == ["b", "c"]
    # The next watch starts where the one before ended, and a bookmark moves it on.
    assert script.watched_from[:3] == ["10", "13", "14"]
    assert script.listings == 1


async def test_all_pages_of_a_list_are_taken_and_shown_together(reflecting: Any, server: Any) -> None:
    pages: Iterator[dict[str, Any]] = iter(
        [
            {"metadata": {"resourceVersion": "5", "continue": "more"}, "items": [replica_set("a", 1)]},
            {"metadata": {"resourceVersion": "5"}, "items": [replica_set("b", 2)]},
        ]
    )

    def answer(request: web.Request, body: Any) -> web.Response:
        return watched(bookmark(6)) if "watch" in request.query else web.json_response(next(pages))

    async with reflecting(answer) as reflector:
        await asyncio.wait_for(reflector.view.filled.wait(), 20)
        assert names(reflector) == ["a", "b"]
    assert [path for _, path, _ in server.requests[:2]] == [
        "/apis/apps/v1/replicasets?limit=250",
        "/apis/apps/v1/replicasets?limit=250&continue=more",
    ]


@pytest.mark.parametrize(
    ("metadata_only", "wanted"),
    [
        (True, ["application/json;as=PartialObjectMetadataList;v=v1", "application/json;as=PartialObjectMetadata;v=v1"]),
        (False, ["application/json", "application/json"]),
    ],
)
async def test_metadata_alone_is_asked_for_where_that_is_enough(
    reflecting: Any, server: Any, metadata_only: bool, wanted: list[str]
) -> None:
    async with reflecting(Script([listed(version=1)], [watched(bookmark(2))]), metadata_only=metadata_only):
        await until(lambda: len(server.headers) > 1)
    for headers, form in zip(server.headers[:2], wanted, strict=True):
        assert headers["Accept"].startswith(form)
        assert ("PartialObjectMetadata" in headers["Accept"]) is metadata_only


@pytest.mark.parametrize("gone", [watched(event("ADDED", "b", 11), expired()), web.json_response({"message": "x"}, status=410)])
async def test_a_version_that_the_server_forgot_leads_to_a_new_list(reflecting: Any, gone: web.Response) -> None:
    script = Script([listed("a", version=10), listed("z", version=20)], [gone, watched(bookmark(21))])
    async with reflecting(script) as reflector:
        await until(lambda: len(script.watched_from) > 2)
        assert names(reflector) == ["z"]
        assert reflector.failures == 1
    assert script.watched_from[:3] == ["10", "20", "21"]


@pytest.mark.parametrize("garbage", [b"no json\n", b"[]\n", b"{}\n", b'{"type": "ADDED", "object": 1}\n'])
async def test_a_watch_that_cannot_be_read_goes_on_from_the_last_version(reflecting: Any, garbage: bytes) -> None:
    broken = web.Response(body=json.dumps(event("ADDED", "b", 11)).encode() + b"\n" + garbage)
    script = Script([listed("a", version=10)], [broken, watched(bookmark(12))])
    async with reflecting(script) as reflector:
        await until(lambda: len(script.watched_from) > 1)
        assert names(reflector) == ["a", "b"]
    assert script.watched_from[:2] == ["10", "11"]
    assert script.listings == 1


def until_told(first: web.Response, status: int, told: asyncio.Event, last: web.Response) -> Iterator[web.Response]:
    yield first
    while not told.is_set():
        yield web.json_response({"message": "later"}, status=status)
    yield last


async def test_what_is_known_stays_while_the_server_fails(reflecting: Any) -> None:
    told = asyncio.Event()
    lists = until_told(listed("a", version=10), 403, told, listed("b", version=20))
    script = Script(lists, [watched(expired()), watched(bookmark(21))])
    async with reflecting(script) as reflector:
        await until(lambda: script.listings > 3)
        assert names(reflector) == ["a"]
        assert reflector.failures >= 3
        told.set()
        await until(lambda: names(reflector) == ["b"])


async def test_of_a_kind_that_is_not_served_there_are_none_which_is_said_once(
    reflecting: Any, caplog: pytest.LogCaptureFixture
) -> None:
    told = asyncio.Event()
    lists = until_told(listed("a", version=10), 404, told, listed("b", version=20))
    script = Script(lists, [watched(expired()), watched(bookmark(21))])
    async with reflecting(script) as reflector:
        await until(lambda: script.listings > 3 and not names(reflector))
        assert caplog.text.count("replicasets is not served") == 1
        told.set()
        await until(lambda: names(reflector) == ["b"])


async def test_a_view_is_not_filled_before_its_list_has_come(reflecting: Any) -> None:
    script = Script([web.json_response({"message": "no"}, status=403), listed("a", version=1)], [watched(bookmark(2))])
    async with reflecting(script) as reflector:
        assert not reflector.view.filled.is_set()
        await asyncio.wait_for(reflector.view.filled.wait(), 20)
        assert (script.listings, names(reflector)) == (2, ["a"])
