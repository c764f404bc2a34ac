"""The collector's access to the Kubernetes API, against a real one."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_agent.config.blocks.kubernetes import KubeApiConfig
from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.kube.access import KubeAccess, bearer, bearer_in
from otel_agent.kube.client import KubeClient
from otel_agent.kube.configured import access_of
from otel_agent.kube.errors import KubeError
from otel_agent.kube.failures import FailureLog
from otel_agent.kube.reflector import Reflector
from otel_agent.kube.resources import Resource
from otel_agent.telemetry.instruments import Counter
from otel_agent.transport.tls import ClientTls
from otel_agent.transport.watched_file import WatchedFile

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
    return access_of(KubeApiConfig(auth_type="kubeConfig"), LOGGER, {"KUBECONFIG": str(apiserver.kubeconfig)})


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
        Resource(f"/api/v1/namespaces/{namespace}/configmaps", label_selector="app=x"),
        on_failure=FailureLog(LOGGER, Counter()),
        slim=lambda found: found["data"]["value"],
        on_change=changes,
    )
    await reflector.start(LOGGER)
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
    reflector = Reflector(
        client,
        Resource(f"/api/v1/namespaces/{namespace}/configmaps"),
        on_failure=FailureLog(LOGGER, Counter()),
        on_change=changes,
    )
    await reflector.start(LOGGER)
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
    pages = [page async for page in client.pages(f"/api/v1/namespaces/{namespace}/configmaps")]
    names = [one["metadata"]["name"] for page in pages for one in page["items"]]
    assert [f"page-{number}" for number in range(5)] == [name for name in names if "page" in name]
    assert all(page["metadata"]["resourceVersion"] for page in pages)


async def test_who_may_not_list_is_told_what_to_grant(
    apiserver: ApiServer, namespace: str, access: KubeAccess, caplog: pytest.LogCaptureFixture
) -> None:
    token = apiserver.kubectl("create", "token", "default", "-n", namespace).strip()
    client = KubeClient(KubeAccess(access.server, _anonymous_tls(apiserver), bearer(token)))
    failures = Counter()
    try:
        with pytest.raises(KubeError, match="cannot list resource") as caught:
            await client.get(f"/api/v1/namespaces/{namespace}/pods")
        assert caught.value.status == 403
        pods = Resource(f"/api/v1/namespaces/{namespace}/pods")
        reflector = Reflector(client, pods, on_failure=FailureLog(LOGGER, failures))
        await reflector.start(LOGGER)
        assert not await reflector.synced(1)
        await reflector.stop()
        (record,) = caplog.records
        assert record.remedy == "allow the collector's ServiceAccount to get, list and watch pods"  # type: ignore[attr-defined]
        assert failures.value
    finally:
        await client.aclose()


async def gone(client: KubeClient, path: str) -> bool:
    """Whether the API server no longer has the first version: it says so in its answer, or in the first event."""
    try:
        async for event in client.watch(path, "1"):
            return bool(event["type"] == "ERROR" and event["object"]["code"] == 410)
    except KubeError as error:
        return error.status == 410
    return False


async def test_what_happened_beyond_a_version_that_is_gone_is_seen(
    apiserver: ApiServer, namespace: str, client: KubeClient
) -> None:
    changes = Changes()
    apiserver.kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("before"))
    configmaps = Resource(f"/api/v1/namespaces/{namespace}/configmaps", field_selector="metadata.name!=kube-root-ca.crt")
    reflector = Reflector(client, configmaps, on_failure=FailureLog(LOGGER, Counter()), on_change=changes)
    await reflector.start(LOGGER)
    try:
        assert await reflector.synced(30)
        await reflector.stop()
        apiserver.kubectl("delete", "-n", namespace, "configmap", "before")
        apiserver.kubectl("create", "-n", namespace, "-f", "-", stdin=config_map("after"))
        await asyncio.to_thread(apiserver.restart, kill=True)  # from here on its watches reach back to this start only
        assert await gone(client, configmaps.path)
        await reflector.start(LOGGER)
        await changes.until(lambda: set(reflector.objects) == {(namespace, "after")})
        assert [(name, new is not None) for name, new, _ in changes.seen[-2:]] == [("before", False), ("after", True)]
    finally:
        await reflector.stop()


async def test_a_token_that_is_renewed_in_its_file_is_used(
    apiserver: ApiServer, namespace: str, access: KubeAccess, tmp_path: Path
) -> None:
    apiserver.kubectl("create", "role", "maps", "--verb=get,list,watch", "--resource=configmaps", "-n", namespace)
    account = f"--serviceaccount={namespace}:default"
    apiserver.kubectl("create", "rolebinding", "maps", "--role=maps", account, "-n", namespace)
    file, failures, failed = tmp_path / "token", Counter(), asyncio.Event()
    file.write_text("ended")
    client = KubeClient(KubeAccess(access.server, _anonymous_tls(apiserver), bearer_in(WatchedFile("token", str(file), LOGGER))))
    told = FailureLog(LOGGER, failures)

    def on_failure(error: KubeError) -> None:
        told(error)
        failed.set()

    reflector = Reflector(client, Resource(f"/api/v1/namespaces/{namespace}/configmaps"), on_failure=on_failure)
    await reflector.start(LOGGER)
    try:
        async with asyncio.timeout(60):
            await failed.wait()
        file.write_text(apiserver.kubectl("create", "token", "default", "-n", namespace))
        assert await reflector.synced(60)
    finally:
        await reflector.stop()
        await client.aclose()


def _anonymous_tls(apiserver: ApiServer) -> ClientTls:
    """TLS that trusts the API server's authority and shows no certificate: only the token says who asks."""
    return ClientTls(TlsClientConfig(ca_file=str(apiserver.ca_file)), LOGGER)
