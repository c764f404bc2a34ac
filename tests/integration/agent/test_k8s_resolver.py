"""The load-balancing exporter's k8s resolver on a real API server, with a ServiceAccount's own rights."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_agent.exporters.load_balancing.config import K8sResolverConfig
from otel_agent.exporters.load_balancing.resolvers.k8s import K8sResolver
from otel_agent.kube.access import KubeAccess
from otel_agent.kube.pod import access_of_pod

LOGGER = logging.getLogger("test.resolver")


class Latest:
    """What was found last, and failures."""

    def __init__(self) -> None:
        self.endpoints: list[str] | None = None
        self.errors: list[str] = []
        self._changed = asyncio.Condition()

    async def found(self, endpoints: Sequence[str]) -> None:
        self.endpoints = list(endpoints)
        async with self._changed:
            self._changed.notify_all()

    def failed(self, error: str) -> None:
        self.errors.append(error)

    async def until(self, *expected: str) -> None:
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: self.endpoints == list(expected))

    async def until_failed(self) -> str:
        async with asyncio.timeout(60):
            while not self.errors:  # noqa: ASYNC110 -- the callback that tells is no coroutine
                await asyncio.sleep(0.05)
        return self.errors[-1]


def endpoint_slice(name: str, *addresses: str, service: str = "gateway", ready: bool = True) -> str:
    endpoints = [
        {"addresses": [address], "conditions": {"ready": ready}, "hostname": f"pod-{address.replace('.', '-')}"}
        for address in addresses
    ]
    return json.dumps(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": service}},
            "addressType": "IPv4",
            "endpoints": endpoints,
        }
    )


def apply(apiserver: ApiServer, namespace: str, manifest: str) -> None:
    apiserver.kubectl("apply", "-n", namespace, "-f", "-", stdin=manifest)


@pytest.fixture
def account(apiserver: ApiServer, namespace: str, tmp_path: Path) -> Path:
    """Folder of a ServiceAccount that may read EndpointSlices, as the kubelet would mount it."""
    (tmp_path / "token").write_text(apiserver.kubectl("create", "token", "default", "-n", namespace))
    (tmp_path / "namespace").write_text(namespace)
    shutil.copy(apiserver.ca_file, tmp_path / "ca.crt")
    return tmp_path


@pytest.fixture
def allowed(apiserver: ApiServer, namespace: str) -> None:
    verbs = "--verb=get,list,watch"
    apiserver.kubectl("create", "role", "slices", verbs, "--resource=endpointslices.discovery.k8s.io", "-n", namespace)
    apiserver.kubectl(
        "create", "rolebinding", "slices", "--role=slices", f"--serviceaccount={namespace}:default", "-n", namespace
    )


@pytest.fixture
async def resolve(apiserver: ApiServer, account: Path) -> AsyncIterator[Any]:
    running: list[asyncio.Task[None]] = []
    host, _, port = apiserver.url.removeprefix("https://").partition(":")

    def access() -> KubeAccess:
        environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        return access_of_pod("k8s resolver", LOGGER, elsewhere="", environment=environment, service_account=account)

    def start(**keys: Any) -> Latest:
        latest = Latest()
        resolver = K8sResolver(K8sResolverConfig.model_validate({"service": "gateway", **keys}), LOGGER, access)
        running.append(asyncio.create_task(resolver.run(latest)))
        return latest

    yield start
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@pytest.mark.usefixtures("allowed")
async def test_backends_follow_the_slices_of_the_service(apiserver: ApiServer, namespace: str, resolve: Any) -> None:
    apply(apiserver, namespace, endpoint_slice("one", "10.9.0.1"))
    apply(apiserver, namespace, endpoint_slice("other", "10.9.9.9", service="another"))
    latest = resolve()
    await latest.until("10.9.0.1:4317")
    apply(apiserver, namespace, endpoint_slice("two", "10.9.0.2", "10.9.0.3"))
    await latest.until("10.9.0.1:4317", "10.9.0.2:4317", "10.9.0.3:4317")
    apply(apiserver, namespace, endpoint_slice("one", "10.9.0.1", ready=False))
    await latest.until("10.9.0.2:4317", "10.9.0.3:4317")
    apiserver.kubectl("delete", "endpointslice", "two", "-n", namespace)
    await latest.until()
    assert latest.errors == []


@pytest.mark.usefixtures("allowed")
async def test_hostnames_and_several_ports(apiserver: ApiServer, namespace: str, resolve: Any) -> None:
    apply(apiserver, namespace, endpoint_slice("one", "10.9.0.1"))
    latest = resolve(service=f"gateway.{namespace}", ports=[1, 2], return_hostnames=True)
    await latest.until(f"pod-10-9-0-1.gateway.{namespace}:1", f"pod-10-9-0-1.gateway.{namespace}:2")


async def test_a_lack_of_rights_is_told_with_what_to_do_and_ends_when_they_come(
    apiserver: ApiServer, namespace: str, resolve: Any, request: pytest.FixtureRequest
) -> None:
    apply(apiserver, namespace, endpoint_slice("one", "10.9.0.1"))
    latest = resolve()
    assert "allow the collector's ServiceAccount to get, list and watch endpointslices" in await latest.until_failed()
    request.getfixturevalue("allowed")
    await latest.until("10.9.0.1:4317")


@pytest.mark.usefixtures("allowed")
async def test_a_restart_of_the_api_server_is_survived(apiserver: ApiServer, namespace: str, resolve: Any) -> None:
    apply(apiserver, namespace, endpoint_slice("one", "10.9.0.1"))
    latest = resolve()
    await latest.until("10.9.0.1:4317")
    await asyncio.to_thread(apiserver.restart, kill=True)
    apply(apiserver, namespace, endpoint_slice("one", "10.9.0.5"))
    await latest.until("10.9.0.5:4317")


@pytest.mark.usefixtures("allowed")
async def test_a_slice_without_a_hostname_is_told_and_the_others_are_used(
    apiserver: ApiServer, namespace: str, resolve: Any
) -> None:
    nameless = json.loads(endpoint_slice("two", "10.9.0.2"))
    del nameless["endpoints"][0]["hostname"]
    apply(apiserver, namespace, endpoint_slice("one", "10.9.0.1"))
    apply(apiserver, namespace, json.dumps(nameless))
    latest = resolve(return_hostnames=True)
    await latest.until(f"pod-10-9-0-1.gateway.{namespace}:4317")
    assert f"{namespace}/two: an endpoint has no hostname" in latest.errors[0]
