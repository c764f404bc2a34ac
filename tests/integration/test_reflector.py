"""A view of a real API server's objects."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from e2e.cluster.apiserver import ApiServer
from otel_operator.json_types import JsonObject
from otel_operator.kinds import CONFIGMAP
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from otel_operator.kube.reflector import Reflector
from otel_operator.kube.view import View


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for arrives over a socket
            await asyncio.sleep(0.05)


def config_map(name: str, note: str = "first") -> JsonObject:
    metadata = {"name": name, "namespace": "default", "annotations": {"note": note}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"large": "x" * 1000}}


def note_and_keys(obj: JsonObject) -> tuple[str, bool]:
    return str((obj["metadata"].get("annotations") or {}).get("note")), "data" in obj


async def test_changes_are_seen_before_during_and_after_the_api_server_is_killed(tmp_path: Path) -> None:
    with ApiServer(tmp_path / "apiserver") as server:
        connection = await connect(str(server.kubeconfig))
        client = KubeClient(connection)
        view = View(CONFIGMAP, note_and_keys, metadata_only=True)
        await client.create(config_map("old"))
        async with connection.session() as session:
            task = asyncio.create_task(Reflector(client, session, connection, view).run())
            await asyncio.wait_for(view.filled.wait(), 60)
            assert view.get("default", "old") == ("first", False), "metadata alone is enough and so is all that is sent"

            await client.merge_patch(CONFIGMAP, "default", "old", {"metadata": {"annotations": {"note": "second"}}})
            await client.create(config_map("new"))
            await until(lambda: view.get("default", "old") == ("second", False) and view.get("default", "new") is not None)

            await asyncio.to_thread(server.restart, kill=True)
            assert view.get("default", "old") == ("second", False)
            await client.delete(CONFIGMAP, "default", "old")
            await client.create(config_map("later"))
            await until(lambda: view.get("default", "old") is None and view.get("default", "later") is not None)
            task.cancel()
            await asyncio.wait((task,))
        await client.close()
