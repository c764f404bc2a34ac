"""The prometheus receiver's Kubernetes discovery against a real API server: lists, watches, selectors, namespaces."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_agent.receivers.prometheus.discovery.groups import TargetGroup
from otel_agent.receivers.prometheus.discovery.kubernetes.discovery import KubernetesTargets
from otel_agent.receivers.prometheus.settings.discovery import KubernetesDiscovery
from otel_agent.telemetry.instruments import Counter

META = "__meta_kubernetes_"
Targets = list[dict[str, str]]
Watch = Callable[..., Awaitable["Published"]]


class Published:
    """The groups that discovery published last."""

    def __init__(self) -> None:
        self.groups: Sequence[TargetGroup] | None = None
        self.changed = asyncio.Event()

    def publish(self, groups: Sequence[TargetGroup]) -> None:
        self.groups = groups
        self.changed.set()

    @property
    def targets(self) -> Targets:
        found = [{**group.labels, **target} for group in self.groups or () for target in group.targets]
        return [{name: value for name, value in labels.items() if value} for labels in found]

    async def until(self, fits: Callable[[Targets], bool]) -> Targets:
        async with asyncio.timeout(30):
            while self.groups is None or not fits(self.targets):
                self.changed.clear()
                await self.changed.wait()
        return self.targets


@pytest.fixture
async def watch(apiserver: ApiServer) -> AsyncIterator[Watch]:
    """Start discovery of a role."""
    running: list[tuple[KubernetesTargets, asyncio.Task[None]]] = []

    async def start(role: str, **settings: Any) -> Published:
        tls = {"ca_file": str(apiserver.ca_file), "cert_file": str(apiserver.admin_cert), "key_file": str(apiserver.admin_key)}
        config = KubernetesDiscovery.model_validate({"role": role, "api_server": apiserver.url, "tls_config": tls, **settings})
        published = Published()
        found = KubernetesTargets(config, logging.getLogger("test"), Counter())
        found.open()
        running.append((found, asyncio.create_task(found.discover(published.publish))))
        return published

    yield start
    for found, task in running:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await found.close()


def create(apiserver: ApiServer, *objects: dict[str, Any]) -> None:
    apiserver.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))


def pod(name: str, namespace: str, **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"containers": [{"name": "app", "image": "shop:1", "ports": [{"name": "http", "containerPort": 8080}]}]},
    }


def address(apiserver: ApiServer, name: str, namespace: str, ip: str) -> None:
    """Give a pod its address, which no kubelet does here."""
    status = json.dumps({"status": {"podIP": ip, "podIPs": [{"ip": ip}], "phase": "Running"}})
    apiserver.kubectl("patch", "pod", name, "-n", namespace, "--subresource=status", "--type=merge", "-p", status)


async def test_pods_that_come_change_and_go_are_seen(apiserver: ApiServer, namespace: str, watch: Watch) -> None:
    await asyncio.to_thread(create, apiserver, pod("one", namespace, app="shop"), pod("other", namespace, app="bank"))
    await asyncio.to_thread(address, apiserver, "one", namespace, "10.0.0.1")
    await asyncio.to_thread(address, apiserver, "other", namespace, "10.0.0.2")
    published = await watch("pod", namespaces={"names": [namespace]}, selectors=[{"role": "pod", "label": "app=shop"}])
    (found,) = await published.until(lambda targets: len(targets) == 1)
    assert (found["__address__"], found[f"{META}pod_name"], found[f"{META}namespace"]) == ("10.0.0.1:8080", "one", namespace)
    await asyncio.to_thread(create, apiserver, pod("two", namespace, app="shop"))
    await asyncio.to_thread(address, apiserver, "two", namespace, "10.0.0.3")
    await published.until(lambda targets: {each["__address__"] for each in targets} == {"10.0.0.1:8080", "10.0.0.3:8080"})
    await asyncio.to_thread(apiserver.kubectl, "label", "pod", "two", "-n", namespace, "team=a")
    await published.until(lambda targets: any(each.get(f"{META}pod_label_team") == "a" for each in targets))
    await asyncio.to_thread(apiserver.kubectl, "delete", "pod", "one", "-n", namespace, "--grace-period=0", "--force")
    await published.until(lambda targets: {each["__address__"] for each in targets} == {"10.0.0.3:8080"})


async def test_slices_services_nodes_and_ingresses_are_seen(apiserver: ApiServer, namespace: str, watch: Watch) -> None:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"{namespace}-n", "labels": {"zone": "b"}}}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "shop", "namespace": namespace, "labels": {"team": "a"}},
        "spec": {"ports": [{"name": "http", "port": 80}]},
    }
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "shop-x", "namespace": namespace, "labels": {"kubernetes.io/service-name": "shop"}},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8080}],
        "endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": True}, "nodeName": f"{namespace}-n"}],
    }
    path = {"path": "/a", "pathType": "Prefix", "backend": {"service": {"name": "shop", "port": {"number": 80}}}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "shop", "namespace": namespace},
        "spec": {"rules": [{"host": "shop.example", "http": {"paths": [path]}}]},
    }
    await asyncio.to_thread(create, apiserver, node, service, slice_, ingress)
    inside = {"namespaces": {"names": [namespace]}}
    slices = await watch("endpointslice", attach_metadata={"node": True}, **inside)
    (found,) = [each for each in await slices.until(bool) if each[f"{META}endpointslice_name"] == "shop-x"]
    assert (found["__address__"], found[f"{META}service_label_team"], found[f"{META}node_label_zone"]) == (
        "10.0.0.9:8080",
        "a",
        "b",
    )
    services = await watch("service", **inside)
    assert [each["__address__"] for each in await services.until(bool)] == [f"shop.{namespace}.svc:80"]
    ingresses = await watch("ingress", **inside)
    assert [each[f"{META}ingress_path"] for each in await ingresses.until(bool)] == ["/a"]
    nodes = await watch("node")
    address_ = json.dumps({"status": {"addresses": [{"type": "InternalIP", "address": "192.168.7.7"}]}})
    patch = ("patch", "node", f"{namespace}-n", "--subresource=status", "--type=merge", "-p", address_)
    await asyncio.to_thread(apiserver.kubectl, *patch)
    await nodes.until(lambda targets: "192.168.7.7:0" in {each["__address__"] for each in targets})
    await asyncio.to_thread(apiserver.kubectl, "delete", "node", f"{namespace}-n")


async def test_a_restart_of_the_api_server_loses_no_targets(apiserver: ApiServer, namespace: str, watch: Watch) -> None:
    await asyncio.to_thread(create, apiserver, pod("one", namespace))
    await asyncio.to_thread(address, apiserver, "one", namespace, "10.0.1.1")
    published = await watch("pod", namespaces={"names": [namespace]})
    await published.until(lambda targets: len(targets) == 1)
    await asyncio.to_thread(apiserver.restart)
    assert len(published.targets) == 1
    await asyncio.to_thread(create, apiserver, pod("two", namespace))
    await asyncio.to_thread(address, apiserver, "two", namespace, "10.0.1.2")
    await published.until(lambda targets: {each["__address__"] for each in targets} == {"10.0.1.1:8080", "10.0.1.2:8080"})


async def test_a_server_that_refuses_is_counted_and_told(apiserver: ApiServer, namespace: str, caplog: Any) -> None:
    config = KubernetesDiscovery.model_validate(
        {
            "role": "pod",
            "api_server": apiserver.url,
            "tls_config": {"ca_file": str(apiserver.ca_file)},
            "authorization": {"credentials": "nobody"},
        }
    )
    failures = Counter()
    found = KubernetesTargets(config, logging.getLogger("test"), failures)
    found.open()
    task = asyncio.create_task(found.discover(lambda groups: None))
    async with asyncio.timeout(30):
        while not failures.value:  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await found.close()
    assert any("HTTP status 401: Unauthorized" in record.error for record in caplog.records)
