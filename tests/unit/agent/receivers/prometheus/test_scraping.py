"""Receivers that scrape real targets over the network."""

import asyncio
import base64
import gzip
import logging
import ssl
import threading
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from otel_agent.pipeline.errors import RetryableError, StartError
from otel_agent.receivers.prometheus.scraping import fetch
from tests.unit.agent.authority import Authority
from tests.unit.agent.receivers.prometheus.reading import attributes_of, decode, metrics_of, up
from tests.unit.agent.receivers.prometheus.test_protobuf import delimited, native

TEXT = {"Content-Type": "text/plain; version=0.0.4"}
PROTOBUF = {"Content-Type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"}


def static(address: str) -> list[dict[str, Any]]:
    return [{"targets": [address]}]


async def exposes_heat(request: web.Request) -> web.Response:
    return web.Response(body=b"# TYPE heat gauge\nheat 21.5\n", headers=TEXT)


@pytest.fixture
def client_target():
    """The stock client library's own server, with a registry to fill."""
    registry = CollectorRegistry()
    server, thread = start_http_server(0, "127.0.0.1", registry)
    yield registry, f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("protocol", ["OpenMetricsText1.0.0", "PrometheusText0.0.4"])
async def test_the_stock_client_library_is_scraped(client_target, receiver, received, has, protocol):
    registry, address = client_target
    Gauge("heat", "How warm", ["room"], registry=registry).labels("a").set(21.5)
    jobs = Counter("jobs", "Work", registry=registry)
    jobs.inc(3, {"trace_id": "0af7651916cd43dd8448eb211c80319c"})
    wait = Histogram("wait", "Time", buckets=(1, 2), registry=registry)
    wait.observe(1.5)
    await receiver(static_configs=static(address), scrape_protocols=[protocol])
    metrics = metrics_of(await received(has("heat")))
    assert (metrics["heat"].gauge.data_points[0].as_double, metrics["heat"].description) == (21.5, "How warm")
    (point,) = metrics["jobs_total"].sum.data_points
    assert (point.as_double, metrics["jobs_total"].sum.is_monotonic) == (3.0, True)
    (histogram,) = metrics["wait"].histogram.data_points
    assert (list(histogram.explicit_bounds), list(histogram.bucket_counts)) == ([1.0, 2.0], [0, 1, 0])
    if protocol == "OpenMetricsText1.0.0":
        assert point.start_time_unix_nano > 0
        assert point.exemplars[0].trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert up(await received(has("heat"))) == 1


async def test_a_protobuf_target_is_asked_for_native_histograms_and_gives_them(serve, receiver, received, has):
    asked: list[str] = []

    async def expose(request: web.Request) -> web.Response:
        asked.append(request.headers["Accept"])
        return web.Response(body=delimited(native()), headers=PROTOBUF)

    await receiver(static_configs=static(await serve(expose)), scrape_native_histograms=True)
    metric = metrics_of(await received(lambda request: "wait" in metrics_of(request)))["wait"]
    assert metric.exponential_histogram.data_points[0].scale == 3
    assert asked[0].startswith("application/vnd.google.protobuf")


async def test_scrapes_are_counted_as_accepted_points(serve, receiver, received, has, scrape):
    await receiver(static_configs=static(await serve(exposes_heat)))
    await received(has("heat"))
    await asyncio.sleep(0)
    assert scrape()['otelcol_receiver_accepted_metric_points{receiver="prometheus",transport="http"}'] >= 6


async def test_what_the_pipeline_refuses_is_counted_and_the_next_scrape_comes(serve, receiver, received, has, scrape, sink):
    sink.error = RetryableError("full")
    await receiver(static_configs=static(await serve(exposes_heat)))
    async with asyncio.timeout(20):
        await sink.refused.wait()
    sink.error = None
    await received(has("heat"))
    assert scrape()['otelcol_receiver_refused_metric_points{receiver="prometheus",transport="http"}'] >= 6


async def test_a_target_that_is_down_has_up_0_and_others_go_on(serve, receiver, received, unused_port):
    working = await serve(exposes_heat)
    await receiver(static_configs=static(f"127.0.0.1:{unused_port}") + static(working))
    assert up(await received(lambda request: up(request) == 0)) == 0
    assert up(await received(lambda request: up(request) == 1)) == 1


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_an_answer_that_is_not_200_is_a_failed_scrape(serve, receiver, received, scrape, caplog, status):
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=status, text="heat 1\n")

    with caplog.at_level(logging.WARNING):
        await receiver(static_configs=static(await serve(refuse)))
        await received(lambda request: up(request) == 0)
    (record,) = [record for record in caplog.records if record.message == "Failed to scrape Prometheus endpoint"][:1]
    assert f"HTTP status {status}" in record.error
    assert scrape()['otelcol_prometheus_target_scrapes_failed{receiver="prometheus"}'] >= 1


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=TEXT)
    await response.prepare(request)
    while True:
        await response.write(b"heat 1\n" * 1000)


async def trickling(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=TEXT)
    await response.prepare(request)
    while True:
        await response.write(b"heat 1\n")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("limited", [True, False])
async def test_a_target_that_never_ends_is_cut_off_and_the_rest_goes_on(
    serve, receiver, received, has, scrape, monkeypatch, limited
):
    monkeypatch.setattr(fetch, "MAX_BODY", 200_000)
    job = {"body_size_limit": "100KB"} if limited else {}
    await receiver(
        static_configs=static(await serve(endless)) + static(await serve(exposes_heat)),
        **job,
    )
    await received(lambda request: up(request) == 0)
    await received(has("heat"))
    assert scrape()['otelcol_prometheus_target_scrapes_exceeded_body_size_limit{receiver="prometheus"}'] >= 1


async def test_a_target_that_takes_too_long_is_given_up(serve, receiver, received, caplog):
    with caplog.at_level(logging.WARNING):
        await receiver(static_configs=static(await serve(trickling)))
        await received(lambda request: up(request) == 0)
    assert any("within the scrape timeout" in getattr(record, "error", "") for record in caplog.records)


async def test_a_compressed_body_counts_by_what_it_inflates_to(serve, receiver, received, scrape):
    async def bomb(request: web.Request) -> web.Response:
        body = gzip.compress(b"heat 1\n" * 200_000)
        return web.Response(body=body, headers=TEXT | {"Content-Encoding": "gzip"})

    await receiver(static_configs=static(await serve(bomb)), body_size_limit="100KB")
    await received(lambda request: up(request) == 0)
    assert scrape()['otelcol_prometheus_target_scrapes_exceeded_body_size_limit{receiver="prometheus"}'] >= 1


async def test_large_bodies_are_read_as_well(serve, receiver, received):
    text = "# TYPE heat gauge\n" + "".join(f'heat{{id="{number}"}} {number}\n' for number in range(5000))

    async def expose(request: web.Request) -> web.Response:
        return web.Response(body=text.encode(), headers=TEXT)

    await receiver(static_configs=static(await serve(expose)))
    request = await received(lambda request: up(request) == 1)
    assert len(metrics_of(request)["heat"].gauge.data_points) == 5000


async def test_limits_of_samples_and_labels_have_counters(serve, receiver, received, scrape):
    address = await serve(exposes_heat)
    job = {"scrape_interval": "1s", "scrape_timeout": "1s", "static_configs": static(address)}

    async def labelled(request: web.Request) -> web.Response:
        return web.Response(body=b'heat{a="1",b="2",c="3"} 1\nwind 1\n', headers=TEXT)

    many = {**job, "static_configs": static(await serve(labelled))}
    await receiver(
        {
            "config": {
                "scrape_configs": [
                    {**many, "job_name": "samples", "sample_limit": 1},
                    {**many, "job_name": "labels", "label_limit": 2},
                ]
            }
        }
    )
    failed: set[str] = set()
    while len(failed) < 2:
        request = await received(lambda request: up(request) == 0 and service(request) not in failed)
        failed.add(service(request))
    for name in ("target_scrapes_exceeded_sample_limit", "target_scrape_pool_exceeded_label_limits"):
        assert scrape()[f'otelcol_prometheus_{name}{{receiver="prometheus"}}'] >= 1


def service(request: Any) -> str:
    return attributes_of(request.resource_metrics[0].resource)["service.name"]


async def test_too_many_targets_are_not_scraped_at_all(serve, receiver, scrape):
    address = await serve(exposes_heat)
    started = await receiver(static_configs=[{"targets": [address, address.replace("127.0.0.1", "localhost")]}], target_limit=1)
    assert started.jobs[0].pool.targets == []
    assert scrape()['otelcol_prometheus_target_scrape_pool_exceeded_target_limit{receiver="prometheus"}'] == 1


async def test_parameters_and_headers_reach_the_target(serve, receiver, received, tmp_path):
    seen: list[web.Request] = []

    async def expose(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response(body=b"heat 1\n", headers=TEXT)

    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    await receiver(
        static_configs=static(await serve(expose)),
        metrics_path="/federate",
        params={"match[]": ["a", "b"]},
        http_headers={"X-One": {"values": ["v"], "files": [str(secret)]}},
        scrape_interval="2s",
        scrape_timeout="1s500ms",
    )
    await received(lambda request: up(request) == 1)
    assert (seen[0].path, seen[0].query.getall("match[]")) == ("/federate", ["a", "b"])
    assert seen[0].headers["X-One"] == "v,from a file"
    assert seen[0].headers["X-Prometheus-Scrape-Timeout-Seconds"] == "1.5"


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ({"basic_auth": {"username": "u", "password": "p"}}, basic("u", "p")),
        ({"basic_auth": {"username": "u", "password_file": "SECRET"}}, basic("u", "hush")),
        ({"authorization": {"credentials": "t"}}, "Bearer t"),
        ({"authorization": {"type": "Token", "credentials_file": "SECRET"}}, "Token hush"),
        ({"bearer_token_file": "SECRET"}, "Bearer hush"),
    ],
)
async def test_targets_that_ask_for_credentials_get_them(serve, receiver, received, tmp_path, client, expected):
    async def guarded(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != expected:
            return web.Response(status=401)
        return web.Response(body=b"heat 1\n", headers=TEXT)

    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    filled = {
        key: {name: str(secret) if value == "SECRET" else value for name, value in block.items()}
        if isinstance(block, dict)
        else str(secret)
        for key, block in client.items()
    }
    await receiver(static_configs=static(await serve(guarded)), **filled)
    assert up(await received(lambda request: up(request) >= 0)) == 1


async def test_a_token_endpoint_gives_the_token_of_scrapes(serve, receiver, received):
    forms: list[Any] = []

    async def tokens(request: web.Request) -> web.Response:
        forms.append((dict(await request.post()), request.headers["Authorization"]))
        return web.json_response({"access_token": "fresh", "token_type": "bearer", "expires_in": 3600})

    async def guarded(request: web.Request) -> web.Response:
        status = 200 if request.headers.get("Authorization") == "Bearer fresh" else 401
        return web.Response(status=status, body=b"heat 1\n", headers=TEXT)

    oauth2 = {"client_id": "me", "client_secret": "s", "token_url": f"http://{await serve(tokens)}/t", "scopes": ["a", "b"]}
    await receiver(static_configs=static(await serve(guarded)), oauth2=oauth2)
    for _ in range(2):
        await received(lambda request: up(request) == 1)
    assert forms == [({"grant_type": "client_credentials", "scope": "a b"}, basic("me", "s"))]


async def test_a_target_with_tls_and_client_certificates_is_scraped(serve, receiver, received, tmp_path):
    authority = Authority(tmp_path, "ca")
    server, own = authority.issue("server"), authority.issue("client")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server["cert_file"], server["key_file"])
    context.load_verify_locations(authority.ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    await receiver(
        static_configs=static(await serve(exposes_heat, context)),
        scheme="https",
        tls_config={"ca_file": authority.ca_file, "server_name": "collector"} | own,
    )
    request = await received(lambda request: up(request) >= 0)
    assert up(request) == 1
    assert attributes_of(request.resource_metrics[0].resource)["url.scheme"] == "https"


@pytest.mark.parametrize(("skip", "expected"), [(False, 0), (True, 1)])
async def test_a_target_whose_certificate_nobody_knows_is_down_unless_that_is_all_right(
    serve, receiver, received, tmp_path, skip, expected
):
    server = Authority(tmp_path, "ca").issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server["cert_file"], server["key_file"])
    address = await serve(exposes_heat, context)
    await receiver(static_configs=static(address), scheme="https", tls_config={"insecure_skip_verify": skip})
    assert up(await received(lambda request: up(request) >= 0)) == expected


@pytest.mark.parametrize(("follow", "expected"), [(True, 1), (False, 0)])
async def test_redirects_are_followed_unless_told_otherwise(serve, receiver, received, follow, expected):
    behind = await serve(exposes_heat)

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"http://{behind}/metrics")

    await receiver(static_configs=static(await serve(redirect)), follow_redirects=follow)
    assert up(await received(lambda request: up(request) >= 0)) == expected


async def test_scrapes_go_through_a_proxy(serve, receiver, received):
    asked: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(str(request.url))
        return await exposes_heat(request)

    await receiver(static_configs=static("far.example:80"), proxy_url=f"http://{await serve(proxy)}")
    assert up(await received(lambda request: up(request) >= 0)) == 1
    assert asked[0] == "http://far.example/metrics"


async def test_a_file_that_is_missing_stops_the_start(receiver, tmp_path):
    with pytest.raises(StartError, match=r'job "shop": file .*/none does not exist'):
        await receiver(static_configs=static("a:1"), bearer_token_file=str(tmp_path / "none"))


async def test_jobs_come_from_files_as_well(serve, receiver, received, tmp_path):
    (tmp_path / "more.yml").write_text(
        "scrape_configs:\n- job_name: other\n  scrape_interval: 1s\n"
        f"  static_configs: [{{targets: ['{await serve(exposes_heat)}']}}]\n"
    )
    await receiver({"config": {"scrape_config_files": [str(tmp_path / "*.yml")]}})
    request = await received(lambda request: up(request) == 1)
    assert attributes_of(request.resource_metrics[0].resource)["service.name"] == "other"


async def test_a_file_of_jobs_with_a_mistake_stops_the_start(receiver, tmp_path):
    (tmp_path / "more.yml").write_text("scrape_configs:\n- job_name: other\n  colour: red\n")
    with pytest.raises(StartError, match=r"more.yml: scrape_configs::0::colour"):
        await receiver({"config": {"scrape_config_files": [str(tmp_path / "*.yml")]}})


async def test_a_stopped_receiver_scrapes_no_more(serve, receiver, received, has, sink):
    started = await receiver(static_configs=static(await serve(exposes_heat)))
    await received(has("heat"))
    await started.shutdown()
    before = len(sink.received)
    await asyncio.sleep(0.3)
    assert len(sink.received) == before
    assert not any(metrics_of(decode(each.data))["up"].gauge.data_points[0].flags for each in sink.received)
    assert not [thread for thread in threading.enumerate() if "scrape" in thread.name]
