import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from otel_agent.exporters.load_balancing.config import DnsResolverConfig, K8sResolverConfig, ResolverConfig
from otel_agent.exporters.load_balancing.resolvers import make_resolver
from otel_agent.exporters.load_balancing.resolvers.dns import DnsResolver, system_lookup
from otel_agent.exporters.load_balancing.resolvers.endpoint_slices import (
    MissingHostname,
    endpoints_of,
    hosts_by_address,
    hosts_by_name,
)
from otel_agent.exporters.load_balancing.resolvers.k8s import K8sResolver
from otel_agent.kube.access import KubeAccess

LOGGER = logging.getLogger("test.resolvers")


class Notes:
    """Findings as they come."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._changed = asyncio.Event()

    async def found(self, endpoints: Sequence[str]) -> None:
        self.all.append(list(endpoints))
        self._changed.set()

    def failed(self, error: str) -> None:
        self.all.append(error)
        self._changed.set()

    async def until(self, number: int) -> list[Any]:
        async with asyncio.timeout(10):
            while len(self.all) < number:
                self._changed.clear()
                await self._changed.wait()
        return self.all[:number]


async def watch(resolver: Any, number: int) -> list[Any]:
    notes = Notes()
    running = asyncio.create_task(resolver.run(notes))
    try:
        return await notes.until(number)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def dns(answers: list[Any], **keys: Any) -> DnsResolver:
    config = DnsResolverConfig.model_validate({"hostname": "gateway", "interval": "1ms", "timeout": "20ms", **keys})

    async def lookup(name: str) -> Sequence[str]:
        assert name == "gateway"
        answer = answers.pop(0) if answers else []
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            await asyncio.Event().wait()
        return list(answer)

    return DnsResolver(config, lookup)


async def test_dns_tells_addresses_sorted_each_once_and_with_the_port() -> None:
    answers: list[Any] = [["10.0.0.2", "10.0.0.1", "10.0.0.2", "::1"]]
    assert await watch(dns(list(answers), port="55680"), 1) == [["10.0.0.1:55680", "10.0.0.2:55680", "[::1]:55680"]]
    assert await watch(dns(list(answers)), 1) == [["10.0.0.1", "10.0.0.2", "[::1]"]]


async def test_dns_goes_on_after_failures_and_empty_answers() -> None:
    found = await watch(dns([OSError("no such name"), [], UnicodeError("label too long"), ["10.0.0.1"]]), 4)
    assert found == ["gateway: no such name", [], "gateway: label too long", ["10.0.0.1"]]


async def test_dns_waits_for_a_late_answer_and_asks_no_second_time_meanwhile() -> None:
    answers: list[Any] = [None, ["10.0.0.1"]]
    resolver = dns(answers)
    found = await watch(resolver, 3)
    assert found == ["gateway: no answer within 0.02s"] * 3
    assert answers == [["10.0.0.1"]]


async def test_the_system_knows_localhost_and_says_when_it_does_not_know() -> None:
    assert "127.0.0.1" in await system_lookup("localhost")
    with pytest.raises(OSError, match=r"not known|failure|No address"):
        await system_lookup("no-such-host.invalid")


async def test_static_tells_once_what_is_configured() -> None:
    config = ResolverConfig.model_validate({"static": {"hostnames": ["b:1", " a ", ""]}})
    notes = Notes()
    await make_resolver(config, LOGGER).run(notes)
    assert notes.all == [["b:1", "a"]]


def endpoint_slice(name: str, *endpoints: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "endpoints": list(endpoints)}


def test_endpoints_are_those_of_all_slices_that_are_ready() -> None:
    one = endpoint_slice("one", {"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"], "conditions": {"ready": False}})
    two = endpoint_slice("two", {"addresses": ["::1"], "conditions": {"ready": True}}, {"addresses": ["10.0.0.1"]})
    hosts = [hosts_by_address(each) for each in (one, two, endpoint_slice("empty"), {"endpoints": None})]
    assert endpoints_of(hosts, [4317, 4318]) == ["10.0.0.1:4317", "10.0.0.1:4318", "[::1]:4317", "[::1]:4318"]
    assert endpoints_of([], [4317]) == []


def test_hostnames_are_names_within_the_service_and_must_be_there() -> None:
    hosts = hosts_by_name("gateway", "obs")
    unready = {"addresses": ["10.0.0.2"], "conditions": {"ready": False}}
    assert hosts(endpoint_slice("one", {"addresses": ["10.0.0.1"], "hostname": "gateway-0"}, unready)) == {
        "gateway-0.gateway.obs"
    }
    with pytest.raises(MissingHostname, match="an endpoint has no hostname"):
        hosts(endpoint_slice("one", {"addresses": ["10.0.0.1"]}))


async def test_outside_a_cluster_the_k8s_resolver_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    found = await watch(K8sResolver(K8sResolverConfig(service="gateway.obs"), LOGGER), 2)
    text = "k8s resolver needs a pod (KUBERNETES_SERVICE_HOST is not set); elsewhere use static or dns"
    assert found == [f"gateway.obs: {text}"] * 2


async def test_an_api_server_that_is_not_there_is_told(unused: Callable[[], int]) -> None:
    access = KubeAccess(f"http://127.0.0.1:{unused()}")
    found = await watch(K8sResolver(K8sResolverConfig(service="gateway.obs"), LOGGER, lambda: access), 2)
    assert all("gateway.obs: /apis/discovery.k8s.io/v1/namespaces/obs/endpointslices: Cannot connect" in each for each in found)


@pytest.fixture
def unused() -> Callable[[], int]:
    from e2e.cluster.ports import free_ports

    return lambda: free_ports(1)[0]
