"""Targets by files, HTTP and DNS, each from a real source."""

import asyncio
import json
import logging
from typing import Any

import dns.asyncresolver
import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from aiohttp import web

from otel_agent.receivers.prometheus.discovery.dns import look_up
from otel_agent.receivers.prometheus.discovery.files import look_into
from otel_agent.receivers.prometheus.discovery.groups import DiscoveryError, parse_groups
from otel_agent.receivers.prometheus.discovery.http_endpoint import look_at
from otel_agent.receivers.prometheus.http_access import HttpAccess
from otel_agent.receivers.prometheus.proxies import exempt
from otel_agent.receivers.prometheus.settings.discovery import DnsDiscovery, FileDiscovery, HttpDiscovery
from tests.unit.agent.receivers.prometheus.reading import attributes_of, metrics_of, up

GROUP = [{"targets": ["a:1", "b:2"], "labels": {"zone": "x"}}]


def addresses(groups: Any) -> list[str]:
    return [target["__address__"] for group in groups for target in group.targets]


async def test_files_are_read_as_json_and_yaml(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(GROUP))
    (tmp_path / "two.yml").write_text("- targets: [c:3]\n")
    groups = await look_into(FileDiscovery(files=[str(tmp_path / "*.json"), str(tmp_path / "two.yml")]))()
    assert addresses(groups) == ["a:1", "b:2", "c:3"]
    assert groups[0].labels == {"zone": "x", "__meta_filepath": str(tmp_path / "one.json")}


async def test_files_that_change_come_and_go_are_noticed(tmp_path):
    file = tmp_path / "one.json"
    look = look_into(FileDiscovery(files=[str(tmp_path / "*.json")]))
    assert await look() is None
    file.write_text(json.dumps(GROUP))
    assert addresses(await look()) == ["a:1", "b:2"]
    assert await look() is None
    file.write_text(json.dumps([{"targets": ["long-name:1"]}]))
    assert addresses(await look()) == ["long-name:1"]
    file.unlink()
    assert await look() == []


@pytest.mark.parametrize(
    "content", ["{", "[1]", '[{"targets": 5}]', '[{"targets": [5]}]', '[{"labels": {"a": 1}}]', '[{"x": 1}]', "{}"]
)
async def test_a_broken_file_keeps_its_targets(tmp_path, content):
    file = tmp_path / "one.json"
    file.write_text(json.dumps(GROUP))
    look = look_into(FileDiscovery(files=[str(file)]))
    await look()
    file.write_text(content)
    with pytest.raises(DiscoveryError, match=r"one\.json"):
        await look()
    (tmp_path / "one.json").write_text(json.dumps(GROUP[:1] * 2))
    assert addresses(await look()) == ["a:1", "b:2", "a:1", "b:2"]


def test_a_group_of_too_many_targets_is_refused():
    with pytest.raises(DiscoveryError, match="more than 100000 targets"):
        parse_groups([{"targets": ["a:1"] * 100_001}], "here")


@pytest.fixture
async def access():
    opened = HttpAccess(HttpDiscovery(url="http://x"), logging.getLogger("test"))
    opened.open()
    yield opened
    await opened.close()


async def test_an_http_endpoint_gives_groups(serve, access):
    async def targets(request: web.Request) -> web.Response:
        assert request.headers["X-Prometheus-Refresh-Interval-Seconds"] == "60"
        return web.json_response(GROUP)

    url = f"http://{await serve(targets)}/t"
    groups = await look_at(HttpDiscovery(url=url), access)()
    assert addresses(groups) == ["a:1", "b:2"]
    assert groups[0].labels == {"zone": "x", "__meta_url": url}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": 500}, "HTTP status 500"),
        ({"text": "[]"}, "content type"),
        ({"text": "[", "content_type": "application/json"}, "http"),
        ({"text": '{"a":1}', "content_type": "application/json"}, "list of target groups"),
    ],
)
async def test_an_http_endpoint_that_cannot_tell_says_why(serve, access, answer, message):
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(**answer)

    with pytest.raises(DiscoveryError, match=message):
        await look_at(HttpDiscovery(url=f"http://{await serve(refuse)}/t"), access)()


class Zone(asyncio.DatagramProtocol):
    """A name server for one answer; anything else does not exist."""

    def __init__(self, *records: str) -> None:
        self.records = records

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: Any) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        question = query.question[0]
        for record in self.records:
            name, kind, value = record.split(" ", 2)
            if question.name.to_text() == name and dns.rdatatype.to_text(question.rdtype) == kind:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
        if not answer.answer:
            answer.set_rcode(3)
        self.transport.sendto(answer.to_wire(), sender)


@pytest.mark.parametrize(
    ("kind", "record", "expected"),
    [
        ("SRV", "_x._tcp.shop. SRV 0 0 8080 node.shop.", {"__address__": "node.shop:8080", "__meta_dns_srv_record_port": "8080"}),
        ("A", "shop. A 10.0.0.7", {"__address__": "10.0.0.7:9"}),
        ("AAAA", "shop. AAAA fd00::7", {"__address__": "[fd00::7]:9"}),
        ("MX", "shop. MX 5 mail.shop.", {"__address__": "mail.shop:9", "__meta_dns_mx_record_target": "mail.shop."}),
        ("NS", "shop. NS ns.shop.", {"__address__": "ns.shop:9", "__meta_dns_ns_record_target": "ns.shop."}),
    ],
)
async def test_records_of_a_name_server_are_targets(kind, record, expected):
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Zone(record), local_addr=("127.0.0.1", 0))

    def resolver() -> Any:
        made = dns.asyncresolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], transport.get_extra_info("sockname")[1]
        return made

    try:
        name = record.split(" ")[0]
        look = look_up(DnsDiscovery(names=[name, "gone.example."], type=kind, port=9), resolver)
        known, gone = await look()
    finally:
        transport.close()
    (target,) = known.targets
    assert {**target, **expected} == target
    assert target["__meta_dns_name"] == name
    assert gone.targets == ()


async def test_targets_of_a_file_are_scraped_and_go_stale_when_they_leave(serve, receiver, received, tmp_path, monkeypatch):
    monkeypatch.setattr("otel_agent.receivers.prometheus.discovery.files.LOOK_SECONDS", 0.1)

    async def expose(request: web.Request) -> web.Response:
        return web.Response(text="heat 1\n")

    file = tmp_path / "targets.json"
    file.write_text(json.dumps([{"targets": [await serve(expose)], "labels": {"zone": "x"}}]))
    await receiver(file_sd_configs=[{"files": [str(file)]}])
    request = await received(lambda request: up(request) == 1)
    assert attributes_of(metrics_of(request)["heat"].gauge.data_points[0]) == {"zone": "x"}
    file.write_text("[]")
    metrics = metrics_of(await received(lambda request: metrics_of(request)["up"].gauge.data_points[0].flags == 1))
    assert metrics["heat"].gauge.data_points[0].flags == 1


async def test_a_discovery_that_fails_is_counted_and_logged_once(serve, receiver, scrape, caplog):
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=503)

    await receiver(http_sd_configs=[{"url": f"http://{await serve(refuse)}/t", "refresh_interval": "50ms"}])
    async with asyncio.timeout(20):
        while scrape()['otelcol_prometheus_sd_refresh_failures{receiver="prometheus"}'] < 3:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)
    assert [record.message for record in caplog.records].count("Targets cannot be discovered, those known before stay") == 1


@pytest.mark.parametrize(
    ("host", "port", "no_proxy", "expected"),
    [
        ("a.example", 80, "example", True),
        ("example", 80, ".example", False),
        ("a.example", 80, ".example", True),
        ("a.example", 80, "other, *", True),
        ("10.1.2.3", 80, "10.0.0.0/8", True),
        ("11.1.2.3", 80, "10.0.0.0/8", False),
        ("a", 80, "a:81", False),
        ("a", 81, "a:81", True),
        ("badexample", 80, "example", False),
        ("a", 80, "", False),
    ],
)
def test_no_proxy_names_hosts_domains_and_networks(host, port, no_proxy, expected):
    assert exempt(host, port, no_proxy) is expected
