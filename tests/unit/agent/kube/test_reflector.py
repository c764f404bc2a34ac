"""How a reflector goes on after everything that an API server may answer."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from otel_agent.kube.access import KubeAccess
from otel_agent.kube.client import KubeClient
from otel_agent.kube.errors import KubeError
from otel_agent.kube.reflector import LONGEST_PAUSE, Reflector, pause_after
from otel_agent.kube.resources import Resource
from tests.unit.agent.kube.scripted_api import PATH, Events, Page, Refusal, ScriptedApi, pod

LOGGER = logging.getLogger("test.reflector")
EXPIRED = {"kind": "Status", "code": 410, "message": "too old resource version"}


class Told:
    """Changes and failures in their order."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, Any, Any]] = []
        self.failures: list[KubeError] = []
        self._more = asyncio.Event()

    def changed(self, key: tuple[str, str], new: Any, old: Any) -> None:
        self.changes.append((key[1], new, old))
        self._more.set()

    def failed(self, error: KubeError) -> None:
        self.failures.append(error)
        self._more.set()

    async def until(self, probe: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not probe():
                self._more.clear()
                await self._more.wait()


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agent.kube.reflector._FIRST_PAUSE", 0.001)
    monkeypatch.setattr("otel_agent.kube.reflector._SHORT_WATCH", 0.001)


@asynccontextmanager
async def reflecting(api: ScriptedApi, **settings: Any) -> AsyncIterator[tuple[Reflector, Told]]:
    told, client = Told(), KubeClient(KubeAccess(api.url))
    slim = settings.pop("slim", lambda found: int(found["metadata"]["resourceVersion"]))
    resource = Resource(PATH, **settings)
    reflector = Reflector(client, resource, on_failure=told.failed, on_change=told.changed, slim=slim)
    await reflector.start(LOGGER)
    try:
        yield reflector, told
    finally:
        await reflector.stop()
        await client.aclose()


async def test_changes_of_a_watch_are_told_with_what_was_before() -> None:
    events = Events([("ADDED", pod("b", 11)), ("MODIFIED", pod("a", 12)), ("DELETED", pod("b", 13))])
    async with ScriptedApi.serving(Page([pod("a")]), events) as api, reflecting(api) as (reflector, told):
        await told.until(lambda: len(told.changes) == 4)
        assert told.changes == [("a", 1, None), ("b", 11, None), ("a", 12, 1), ("b", None, 11)]
        assert reflector.objects == {("shop", "a"): 12}


async def test_selectors_go_with_the_list_and_with_the_watch() -> None:
    selectors = {"label_selector": "app=shop,tier!=x", "field_selector": "spec.nodeName=n1"}
    steps = Page(), Events([("ADDED", pod("a"))])
    async with ScriptedApi.serving(*steps) as api, reflecting(api, **selectors) as (_, told):
        await told.until(lambda: bool(told.changes))
        assert api.asked == ["list", "watch 10"]
        for query in api.queries:
            assert (query["labelSelector"], query["fieldSelector"]) == ("app=shop,tier!=x", "spec.nodeName=n1")


async def test_all_objects_of_all_pages_are_there_before_the_first_is_told() -> None:
    seen: list[int] = []
    async with ScriptedApi.serving(Page([pod("a")], following="next"), Page([pod("b")])) as api:
        client = KubeClient(KubeAccess(api.url))
        reflector = Reflector(
            client,
            Resource(PATH),
            on_failure=lambda error: None,
            on_change=lambda key, new, old: seen.append(len(reflector.objects)),
        )
        await reflector.start(LOGGER)
        await reflector.synced()
        assert seen == [2, 2]
        assert api.queries[1]["continue"] == "next"
        await reflector.stop()
        await client.aclose()


@pytest.mark.parametrize("gone", [Events([("ERROR", EXPIRED)], "close"), Refusal(410, "too old resource version")])
async def test_a_version_that_is_gone_leads_to_a_list_and_is_no_failure(gone: Events | Refusal) -> None:
    steps = (Page([pod("a"), pod("b")]), gone, Page([pod("b"), pod("c", 20)], "21"), Events([("MODIFIED", pod("c", 22))]))
    async with ScriptedApi.serving(*steps) as api, reflecting(api) as (reflector, told):
        await told.until(lambda: len(told.changes) == 5)
        assert told.changes[2:] == [("a", None, 1), ("c", 20, None), ("c", 22, 20)]
        assert reflector.objects == {("shop", "b"): 1, ("shop", "c"): 22}
        assert api.asked[:4] == ["list", "watch 10", "list", "watch 21"]
        assert told.failures == []


async def test_a_list_that_changed_too_much_between_its_pages_begins_again() -> None:
    steps = (Page([pod("a")], following="next"), Refusal(410, "the provided continue parameter is too old"), Page([pod("b")]))
    async with ScriptedApi.serving(*steps) as api, reflecting(api) as (reflector, _):
        assert await reflector.synced(20)
        assert reflector.objects == {("shop", "b"): 1}
        assert "continue" not in api.queries[2]


async def test_a_watch_that_ends_is_taken_up_where_it_stopped_bookmarks_counted() -> None:
    events = Events([("ADDED", pod("b", 11)), ("BOOKMARK", {"metadata": {"resourceVersion": "40"}})], "close")
    steps = Page([pod("a")]), events, Events([("DELETED", pod("a", 41))])
    async with ScriptedApi.serving(*steps) as api, reflecting(api) as (_, told):
        await told.until(lambda: len(told.changes) == 3)
        assert api.asked == ["list", "watch 10", "watch 40"]
        assert all(query["allowWatchBookmarks"] == "true" for query in api.queries if "watch" in query)


async def test_after_a_lost_connection_the_watch_goes_on_behind_its_last_event() -> None:
    cut = Events([("ADDED", pod("b", 11))], "cut")
    async with ScriptedApi.serving(Page(), cut, Events([("DELETED", pod("b", 12))])) as api, reflecting(api) as (_, told):
        await told.until(lambda: len(told.changes) == 2)
        assert api.asked == ["list", "watch 10", "watch 11"]
        assert [error.lost for error in told.failures] == [True]


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (Refusal(500, "etcd is away"), "HTTP status 500: etcd is away"),
        (Events([("ERROR", {"code": 504, "message": "Too large resource version"})], "close"), "Too large resource version"),
        (Events([b"{]\n"], "close"), "the answer is no JSON"),
        (Events([b'{"type": "ADDED"}\n'], "close"), "an event has no object"),
        (Events([("DELETED", {"metadata": {}})], "close"), "an object was deleted that has no name"),
    ],
)
async def test_after_an_answer_that_is_none_everything_is_listed_again(refusal: Events | Refusal, reason: str) -> None:
    async with ScriptedApi.serving(Page([pod("a")]), refusal, Page([pod("a", 2)])) as api, reflecting(api) as (_, told):
        await told.until(lambda: len(told.changes) == 2)
        assert api.asked[:3] == ["list", "watch 10", "list"]
        (error,) = told.failures
        assert str(error).startswith(f"{PATH}: ")
        assert reason in str(error)


async def test_asked_to_come_later_it_keeps_its_version() -> None:
    busy = Refusal(429, "too many requests", {"Retry-After": "0"})
    async with ScriptedApi.serving(Page(), busy, Events([("ADDED", pod("a"))])) as api, reflecting(api) as (_, told):
        await told.until(lambda: bool(told.changes))
        assert api.asked == ["list", "watch 10", "watch 10"]


async def test_a_refusal_says_which_permission_is_missing() -> None:
    async with ScriptedApi.serving(Refusal(403, "pods is forbidden"), Page()) as api, reflecting(api) as (reflector, told):
        assert await reflector.synced(20)
        (error,) = told.failures
        assert (error.status, error.remedy) == (403, "allow the collector's ServiceAccount to get, list and watch pods")


async def test_of_an_object_that_is_refused_the_last_good_state_stays() -> None:
    def slim(found: dict[str, Any]) -> str:
        return str(found["spec"]["node"])

    events = Events([("MODIFIED", pod("a", 11)), ("ADDED", {"metadata": {}}), ("ADDED", pod("c", 12, spec={"node": "n3"}))])
    steps = (Page([pod("a", spec={"node": "n1"}), pod("b")]), events)
    async with ScriptedApi.serving(*steps) as api, reflecting(api, slim=slim) as (reflector, told):
        await told.until(lambda: len(told.changes) == 2)
        assert reflector.objects == {("shop", "a"): "n1", ("shop", "c"): "n3"}
        assert [str(error) for error in told.failures] == [
            f"{PATH}: shop/b: 'spec'",
            f"{PATH}: shop/a: 'spec'",
            f"{PATH}: /: 'name'",
        ]


async def test_no_more_objects_are_kept_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agent.kube.reflector.MAX_OBJECTS", 2)
    first = Page([pod("a"), pod("b"), pod("c")], following="next")
    events = Events([("ADDED", pod("d")), ("MODIFIED", pod("a", 2))])
    async with ScriptedApi.serving(first, events) as api, reflecting(api) as (reflector, told):
        await told.until(lambda: ("a", 2, 1) in told.changes)
        assert set(reflector.objects) == {("shop", "a"), ("shop", "b")}
        assert [str(error).partition(": ")[2] for error in told.failures] == [
            "more than 2 objects, not all are kept; ask for fewer by namespace or selector"
        ] * 2
        assert api.asked == ["list", "watch 10"]


async def test_an_event_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agent.kube.client.MAX_EVENT", 1000)
    endless = Events([b'{"type": "' + b"x" * 2000], "hold")
    async with ScriptedApi.serving(Page(), endless) as api, reflecting(api) as (_, told):
        await told.until(lambda: bool(told.failures))
        assert "an event is larger than 1000 bytes" in str(told.failures[0])


async def test_a_page_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agent.kube.client.MAX_ANSWER", 1000)
    large = Page([pod("a", text="x" * 2000)])
    async with ScriptedApi.serving(large) as api, reflecting(api) as (_, told):
        await told.until(lambda: bool(told.failures))
        assert "the answer is larger than 1000 bytes" in str(told.failures[0])


async def test_a_fault_of_ours_is_logged_and_it_begins_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("otel_agent.kube.reflector.LONGEST_PAUSE", 0.001)
    told: list[str] = []

    def changed(key: tuple[str, str], new: Any, old: Any) -> None:
        told.append(key[1])
        if len(told) == 1:
            raise RuntimeError("a mistake")

    async with ScriptedApi.serving(Page([pod("a")]), Page([pod("a", 2)])) as api:
        client = KubeClient(KubeAccess(api.url))
        reflector = Reflector(client, Resource(PATH), on_failure=lambda error: None, on_change=changed)
        await reflector.start(LOGGER)
        assert await reflector.synced(20)
        await reflector.stop()
        await client.aclose()
    assert told == ["a", "a"]
    assert "Watching objects of Kubernetes has failed and begins again" in caplog.text


def test_pauses_grow_to_their_limit_and_are_no_shorter_than_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_agent.kube.reflector._FIRST_PAUSE", 0.5)
    for failures, longest in ((1, 0.5), (2, 1.0), (4, 4.0), (1000, LONGEST_PAUSE)):
        drawn = [pause_after(failures) for _ in range(50)]
        assert all(longest / 2 <= pause <= longest for pause in drawn)
        assert len(set(drawn)) > 1
    assert pause_after(1, 7.0) == 7.0
    assert pause_after(1, 10_000.0) == LONGEST_PAUSE
