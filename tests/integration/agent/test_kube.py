"""The collector's access to the Kubernetes API, against a real one."""

import asyncio
import base64
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.cluster.apiserver import ApiServer
from otel_agent.config.blocks.kubernetes import KubeApiConfig
from otel_agent.kube.access import KubeAccess, access_of
from otel_agent.kube.client import KubeClient, KubeError
from otel_agent.kube.reflector import Reflector

LOGGER = logging.getLogger("test.kube")


def config_map(name: str, value: str = "", **labels: str) -> str:
    metadata = {"name": name, "labels": labels}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}})


class Changes:
    """What a reflector told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any, Any]] = []
        self._changed = asyncio.Event()

    def __call__(self, key: tuple[str, str], new: Any, old: Any) -> None:
        self.seen.append((key[1], new, old))
        self._changed.set()

    async def until(self, probe: Callable[[], bool], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not probe():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def access(apiserver: ApiServer) -> KubeAccess:
    return access_of(KubeApiConfig(auth_type="kubeConfig"), {"KUBECONFIG": str(apiserver.kubeconfig)})


@pytest.fixture
async def client(access: KubeAccess) -> AsyncIterator[KubeClient]:
    made = KubeClient(access)
    yield made
    await made.aclose()


async def test_a_reflector_follows_what_is_created_changed_and_deleted(
    apiserver: ApiServer, namespace: str, client: KubeClient
) -> None:
    kubectl, changes = apiserver.kubectl, Changes()
    kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("first", "1", app="x"))
    kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("other"))
    reflector = Reflector(
        client,
        f"/api/v1/namespaces/{namespace}/configmaps",
        logger=LOGGER,
        label_selector="app=x",
        slim=lambda found: found["data"]["value"],
        on_change=changes,
    )
    await reflector.start()
    try:
        assert await reflector.synced(30)
        assert reflector.objects == {(namespace, "first"): "1"}
        kubectl("apply", "-n", namespace, "-f", "-", stdin=config_map("first", "2", app="x"))
        kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("second", "3", app="x"))
        kubectl("delete", "-n", namespace, "configmap", "first")
        await changes.until(lambda: len(changes.seen) == 4)
        assert changes.seen == [("first", "1", None), ("first", "2", "1"), ("second", "3", None), ("first", None, "2")]
    finally:
        await reflector.stop()


async def test_a_reflector_goes_on_after_the_api_server_was_away(
    apiserver: ApiServer, namespace: str, client: KubeClient
) -> None:
    changes = Changes()
    reflector = Reflector(client, f"/api/v1/namespaces/{namespace}/configmaps", logger=LOGGER, on_change=changes)
    await reflector.start()
    try:
        assert await reflector.synced(30)
        await asyncio.to_thread(apiserver.restart, kill=True)
        apiserver.kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("after"))
        await changes.until(lambda: (namespace, "after") in reflector.objects)
    finally:
        await reflector.stop()


async def test_a_list_of_several_pages_is_whole(
    apiserver: ApiServer, namespace: str, client: KubeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otel_agent.kube.client.PAGE", 2)
    objects = "\n---\n".join(config_map(f"page-{number}") for number in range(5))
    apiserver.kubectl("create", "-n", namespace, "-f", "-", stdin=objects)
    found, version = await client.list(f"/api/v1/namespaces/{namespace}/configmaps")
    assert [f"page-{number}" for number in range(5)] == [
        one["metadata"]["name"] for one in found if "page" in one["metadata"]["name"]
    ]
    assert version


async def test_who_may_not_list_is_told_what_to_grant(
    apiserver: ApiServer, namespace: str, access: KubeAccess, caplog: pytest.LogCaptureFixture
) -> None:
    token = apiserver.kubectl("create", "token", "default", "-n", namespace).strip()
    client = KubeClient(KubeAccess(access.server, _anonymous_tls(apiserver), lambda: f"Bearer {token}"))
    try:
        with pytest.raises(KubeError, match="cannot list resource") as caught:
            await client.list(f"/api/v1/namespaces/{namespace}/pods")
        assert caught.value.status == 403
        reflector = Reflector(client, f"/api/v1/namespaces/{namespace}/pods", logger=LOGGER)
        await reflector.start()
        assert not await reflector.synced(1)
        await reflector.stop()
        (record,) = caplog.records
        assert record.remedy == "grant get, list and watch to the service account"  # type: ignore[attr-defined]
    finally:
        await client.aclose()


def _anonymous_tls(apiserver: ApiServer) -> ssl.SSLContext:
    """TLS that trusts the API server's authority and shows no certificate: only the token says who asks."""
    cluster = yaml.safe_load(apiserver.kubeconfig.read_text())["clusters"][0]["cluster"]
    if data := cluster.get("certificate-authority-data"):
        return ssl.create_default_context(cadata=base64.b64decode(data).decode())
    return ssl.create_default_context(cafile=Path(cluster["certificate-authority"]))
