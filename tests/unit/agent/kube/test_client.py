import logging
from pathlib import Path

import pytest

from otel_agent.kube.access import KubeAccess, bearer, bearer_in
from otel_agent.kube.client import KubeClient
from otel_agent.kube.errors import KubeError
from otel_agent.transport.watched_file import WatchedFile
from tests.unit.agent.kube.scripted_api import PATH, Page, Refusal, ScriptedApi, pod


async def test_each_request_shows_the_token_that_the_file_holds_then(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    async with ScriptedApi.serving(Page(), Refusal(401, "Unauthorized"), Page()) as api:
        headers = bearer_in(WatchedFile("token", str(file), logging.getLogger("test")))
        client = KubeClient(KubeAccess(api.url, headers=headers))
        await client.get(PATH)
        with pytest.raises(KubeError, match="HTTP status 401: Unauthorized"):
            await client.get(PATH)
        file.write_text("renewed\n")
        await client.get(PATH)
        assert api.credentials == ["Bearer first", "Bearer first", "Bearer renewed"]
        await client.aclose()


async def test_the_uid_is_that_of_the_metadata_or_told_to_be_missing() -> None:
    async with ScriptedApi.serving(Page(), Refusal(404, "namespaces not found")) as api:
        client = KubeClient(KubeAccess(api.url))
        with pytest.raises(KubeError, match=f"{PATH}: has no metadata.uid"):
            await client.uid(PATH)
        with pytest.raises(KubeError) as caught:
            await client.uid(PATH)
        assert (caught.value.status, caught.value.lost) == (404, False)
        await client.aclose()


async def test_pages_are_asked_for_until_none_follows() -> None:
    async with ScriptedApi.serving(Page([pod("a")], following="x"), Page([pod("b")], following="y"), Page([pod("c")])) as api:
        client = KubeClient(KubeAccess(api.url))
        pages = [page async for page in client.pages(PATH, {"labelSelector": "a=b"})]
        assert [one["metadata"]["name"] for page in pages for one in page["items"]] == ["a", "b", "c"]
        assert [query.get("continue") for query in api.queries] == [None, "x", "y"]
        assert {query["labelSelector"] for query in api.queries} == {"a=b"}
        await client.aclose()


async def test_a_token_that_no_header_can_hold_is_told() -> None:
    async with ScriptedApi.serving() as api:
        client = KubeClient(KubeAccess(api.url, headers=bearer("two\nlines")))
        with pytest.raises(KubeError, match="in headers") as caught:
            await client.get(PATH)
        with pytest.raises(KubeError, match="in headers"):
            await anext(client.watch(PATH, "1"))
        await client.aclose()
        assert not caught.value.lost


async def test_a_server_that_is_not_there_is_lost() -> None:
    client = KubeClient(KubeAccess("http://127.0.0.1:1"))
    with pytest.raises(KubeError, match=f"{PATH}: Cannot connect to host") as caught:
        await client.get(PATH)
    assert (caught.value.status, caught.value.lost) == (0, True)
    await client.aclose()
