import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from google.rpc.status_pb2 import Status

from otel_agent.config.featuregates import RECEIVER_METRICS, FeatureGates
from otel_agent.pdata.otlp_json import request_to_json
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, RetryableError, StartError
from otel_agent.transport.authentication import AuthenticationError
from otel_agent.transport.content_encoding import compress

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}
ACCEPTED = 'otelcol_receiver_accepted_spans{receiver="otlp",transport="http"}'
REFUSED = 'otelcol_receiver_refused_spans{receiver="otlp",transport="http"}'
Make = Callable[..., Telemetry]


@pytest.mark.parametrize("signal", list(Signal))
async def test_protobuf_of_each_signal_reaches_its_pipeline_unchanged(
    http: aiohttp.ClientSession, http_url: str, sink: Any, telemetry_of: Make, signal: Signal
) -> None:
    sent = telemetry_of(signal, items=3)
    async with http.post(f"{http_url}/v1/{signal}", data=sent.data, headers=PROTOBUF) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "application/x-protobuf", b"")
    [got] = sink.received
    assert (got.signal, got.data, got.items, got.client.address) == (signal, sent.data, 3, "127.0.0.1")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
async def test_json_is_taken_and_answered_in_json(
    http: aiohttp.ClientSession, http_url: str, sink: Any, telemetry_of: Make, content_type: str
) -> None:
    sent = telemetry_of(items=2)
    body = request_to_json(Signal.TRACES, sent.data)
    async with http.post(f"{http_url}/v1/traces", data=body, headers={"Content-Type": content_type}) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "application/json", b"{}")
    assert sink.received[0].data == sent.data


@pytest.mark.parametrize("encoding", ["gzip", "zlib", "deflate", "zstd", "snappy", "x-snappy-framed", "lz4", "identity", "GZIP"])
async def test_packed_bodies_are_unpacked(
    http: aiohttp.ClientSession, http_url: str, sink: Any, telemetry_of: Make, encoding: str
) -> None:
    sent = telemetry_of(items=50)
    name = encoding.lower().replace("identity", "")
    headers = PROTOBUF | {"Content-Encoding": encoding}
    async with http.post(f"{http_url}/v1/traces", data=compress(name, sent.data), headers=headers) as answer:
        assert answer.status == 200
    assert sink.received[0].data == sent.data


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/v1/traces", PROTOBUF, 405),
        ("PUT", "/v1/traces", PROTOBUF, 405),
        ("OPTIONS", "/v1/traces", {}, 405),
        ("POST", "/v1/traces", {"Content-Type": "text/plain"}, 415),
        ("POST", "/v1/traces", {"Content-Type": ""}, 415),
        ("POST", "/v1/profiles", PROTOBUF, 404),
        ("POST", "/", PROTOBUF, 404),
    ],
)
async def test_what_is_no_export_request_is_answered_in_plain_text(
    http: aiohttp.ClientSession, http_url: str, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    async with http.request(method, http_url + path, data=b"", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (status, "text/plain")


async def test_a_signal_without_a_pipeline_is_not_found(receive: Any, http: aiohttp.ClientSession) -> None:
    receiver = await receive(signals=(Signal.TRACES,), http={})
    async with http.post(f"http://127.0.0.1:{receiver.servers['http'].port}/v1/logs", data=b"", headers=PROTOBUF) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"\xff\xff garbage", ""),
        (b"\x0a\x05short", ""),
        (gzip.compress(bytes(1000))[:-9], "gzip"),
        (b"not gzip", "gzip"),
        (gzip.compress(bytes(30 * 1024 * 1024)), "gzip"),
        (compress("zstd", bytes(30 * 1024 * 1024)), "zstd"),
        (b"x", "br"),
    ],
)
async def test_bodies_that_cannot_be_read_are_a_bad_request(
    http: aiohttp.ClientSession, http_url: str, sink: Any, body: bytes, encoding: str
) -> None:
    headers = PROTOBUF | ({"Content-Encoding": encoding} if encoding else {})
    async with http.post(f"{http_url}/v1/traces", data=body, headers=headers) as answer:
        status = Status.FromString(await answer.read())
        assert (answer.status, answer.content_type, status.code) == (400, "application/x-protobuf", 3)
    assert status.message
    assert sink.received == []


async def test_a_large_json_body_does_not_stop_the_event_loop(
    http: aiohttp.ClientSession, http_url: str, sink: Any, telemetry_of: Make
) -> None:
    body = request_to_json(Signal.TRACES, telemetry_of(items=50_000).data)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while not sink.received:
            turns += 1
            await asyncio.sleep(0.001)

    packed = gzip.compress(body)
    counting = asyncio.create_task(turn())
    async with http.post(f"{http_url}/v1/traces", data=packed, headers=JSON | {"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 200
    await counting
    assert turns > 4


async def test_an_encoding_that_is_no_text_is_a_bad_request(receive: Any) -> None:
    receiver = await receive(http={})
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.servers["http"].port)
    head = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(head + b"Content-Encoding: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}")
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_waits_for_100_continue_is_told_to_go_on(
    http: aiohttp.ClientSession, http_url: str, sink: Any
) -> None:
    body = b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "checkout"}]}]}]}'
    post = http.post(f"{http_url}/v1/traces", data=body, headers=JSON, expect100=True)
    async with asyncio.timeout(5), post as answer:
        assert (answer.status, await answer.read()) == (200, b"{}")
    assert sink.sizes == [1]


async def test_a_client_that_waits_for_100_continue_with_too_much_is_refused_at_once(receive: Any) -> None:
    receiver = await receive(http={"max_request_body_size": 10})
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.servers["http"].port)
    head = b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(head + b"Expect: 100-continue\r\nContent-Length: 11\r\n\r\n")
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"resourceSpans": 5}', b"[" * 100_000])
async def test_bad_json_is_a_bad_request_in_json(http: aiohttp.ClientSession, http_url: str, body: bytes) -> None:
    async with http.post(f"{http_url}/v1/traces", data=body, headers=JSON) as answer:
        assert answer.status == 400
        assert json.loads(await answer.read())["code"] == 3


async def test_a_body_over_the_limit_is_refused_by_its_length_or_as_it_comes(
    receive: Any, http: aiohttp.ClientSession, telemetry_of: Make
) -> None:
    receiver = await receive(http={"max_request_body_size": 100})
    url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces"

    async def chunks() -> Any:
        for _ in range(5):
            yield bytes(40)

    for body in (telemetry_of(items=50).data, chunks()):
        async with http.post(url, data=body, headers=PROTOBUF) as answer:
            assert answer.status == 400
            assert "larger than the 100 bytes" in Status.FromString(await answer.read()).message


async def test_an_empty_request_is_taken_and_counted_nowhere(
    http: aiohttp.ClientSession, http_url: str, sink: Any, scrape: Callable[[], dict[str, float]]
) -> None:
    for body, headers in ((b"", PROTOBUF), (b"{}", JSON)):
        async with http.post(f"{http_url}/v1/traces", data=body, headers=headers) as answer:
            assert answer.status == 200
    assert sink.received == []
    assert (scrape()[ACCEPTED], scrape()[REFUSED]) == (0, 0)


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (RetryableError("memory"), 503, 14, None),
        (RetryableError("memory", retry_after=2.5), 503, 14, "3"),
        (RetryableError("full", grpc_code=8, retry_after=7.0), 429, 8, "7"),
        (PermanentError("no"), 500, 13, None),
        (PermanentError("bad", grpc_code=3), 400, 3, None),
        (PermanentError("who", grpc_code=16), 401, 16, None),
        (PermanentError("forbidden", grpc_code=7), 403, 7, None),
        (RuntimeError("a bug"), 500, 2, None),
    ],
)
async def test_refusals_of_the_pipeline_become_statuses(
    http: aiohttp.ClientSession,
    http_url: str,
    sink: Any,
    telemetry_of: Make,
    scrape: Callable[[], dict[str, float]],
    error: Exception,
    status: int,
    code: int,
    retry_after: str | None,
) -> None:
    sink.error = error
    for headers, data in ((PROTOBUF, telemetry_of().data), (JSON, request_to_json(Signal.TRACES, telemetry_of().data))):
        async with http.post(f"{http_url}/v1/traces", data=data, headers=headers) as answer:
            body = await answer.read()
            assert (answer.status, answer.headers.get("Retry-After")) == (status, retry_after)
        found = json.loads(body)["code"] if headers is JSON else Status.FromString(body).code
        assert found == code
    assert (scrape()[ACCEPTED], scrape()[REFUSED]) == (0, 2)


@pytest.mark.parametrize("gate", [False, True])
async def test_faults_are_told_apart_from_refusals_with_the_gate(
    receive: Any, http: aiohttp.ClientSession, sink: Any, telemetry_of: Make, scrape: Any, monkeypatch: Any, gate: bool
) -> None:
    gates = FeatureGates()
    gates.set(RECEIVER_METRICS, enabled=gate)
    monkeypatch.setattr("otel_agent.telemetry.metrics.process_gates", lambda: gates)
    receiver = await receive(http={})
    for error, status in ((None, 200), (RetryableError("full"), 503), (KeyError("bug"), 500)):
        sink.error = error
        url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces"
        async with http.post(url, data=telemetry_of(items=2).data, headers=PROTOBUF) as answer:
            assert answer.status == status
    labels = 'receiver="otlp",transport="http"'
    counts = [scrape()[f"otelcol_receiver_{what}_spans{{{labels}}}"] for what in ("accepted", "refused", "failed")]
    assert counts == ([2, 2, 2] if gate else [2, 4, 0])
    requests = {
        name: value for name, value in scrape().items() if name.startswith("otelcol_receiver_requests") and labels in name
    }
    outcomes = ("success", "refused", "failure") if gate else ()
    assert requests == {f'otelcol_receiver_requests{{outcome="{outcome}",{labels}}}': 1 for outcome in outcomes}


async def test_accepted_items_are_counted(
    http: aiohttp.ClientSession, http_url: str, telemetry_of: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    async with http.post(f"{http_url}/v1/traces", data=telemetry_of(items=5).data, headers=PROTOBUF):
        pass
    assert (scrape()[ACCEPTED], scrape()[REFUSED]) == (5, 0)


async def test_headers_reach_the_pipeline_only_when_asked_for(
    receive: Any, http: aiohttp.ClientSession, sink: Any, telemetry_of: Make
) -> None:
    for include in (False, True):
        receiver = await receive(http={"include_metadata": include, "response_headers": {"X-Served-By": "me"}})
        url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces"
        async with http.post(url, data=telemetry_of().data, headers=PROTOBUF | {"X-Tenant": "a"}) as answer:
            assert answer.headers["X-Served-By"] == "me"
    assert sink.received[0].client.metadata == {}
    assert sink.received[1].client.metadata["x-tenant"] == ("a",)


async def test_cors_preflight_and_request(receive: Any, http: aiohttp.ClientSession, telemetry_of: Make) -> None:
    receiver = await receive(http={"cors": {"allowed_origins": ["https://shop"]}})
    url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces"
    asking = {"Origin": "https://shop", "Access-Control-Request-Method": "POST"}
    async with http.options(url, headers=asking) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, "https://shop")
    async with http.post(url, data=telemetry_of().data, headers=PROTOBUF | {"Origin": "https://shop"}) as answer:
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://shop")


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("/nowhere", PROTOBUF, b"", 404),
        ("/v1/traces", {"Content-Type": "text/plain"}, b"", 415),
        ("/v1/traces", PROTOBUF, b"\xff", 400),
        ("/v1/traces", PROTOBUF, b"", 200),
    ],
)
@pytest.mark.parametrize(
    ("allowed", "origin", "granted"),
    [
        ("https://*.shop.com", "https://Www.shop.com", "https://Www.shop.com"),
        ("https://*.shop.com", "https://shop.com.evil", None),
        ("*", "https://any", "*"),
    ],
)
async def test_every_answer_says_which_origins_may_read_it(
    receive: Any,
    http: aiohttp.ClientSession,
    path: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
    allowed: str,
    origin: str,
    granted: str | None,
) -> None:
    receiver = await receive(http={"cors": {"allowed_origins": [allowed], "exposed_headers": ["X-A", "X-B"]}})
    url = f"http://127.0.0.1:{receiver.servers['http'].port}{path}"
    async with http.post(url, data=body, headers=headers | {"Origin": origin}) as answer:
        assert (answer.status, answer.headers["Vary"]) == (status, "Origin")
        assert answer.headers.get("Access-Control-Allow-Origin") == granted
        assert answer.headers.get("Access-Control-Allow-Credentials") == ("true" if granted else None)
        assert answer.headers.get("Access-Control-Expose-Headers") == ("X-A, X-B" if granted else None)


async def test_an_authenticator_sees_the_query_parameters_it_was_promised(
    receive: Any, http: aiohttp.ClientSession, host: Any, telemetry_of: Make
) -> None:
    seen: list[dict[str, tuple[str, ...]]] = []

    class Key:
        async def authenticate(self, headers: dict[str, tuple[str, ...]]) -> dict[str, str]:
            seen.append(headers)
            return {}

    host.extension = lambda _: Key()
    receiver = await receive(http={"auth": {"authenticator": "key", "request_params": ["api_key", "missing"]}})
    url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces?api_key=a&api_key=b&other=c"
    async with http.post(url, data=telemetry_of().data, headers=PROTOBUF) as answer:
        assert answer.status == 200
    assert seen[0]["api_key"] == ("a", "b")
    assert not {"missing", "other"} & seen[0].keys()


async def test_an_authenticator_decides_before_the_body_is_looked_at(
    receive: Any, http: aiohttp.ClientSession, host: Any, sink: Any, telemetry_of: Make
) -> None:
    class Token:
        async def authenticate(self, headers: dict[str, tuple[str, ...]]) -> dict[str, str]:
            if headers.get("authorization") != ("Bearer x",):
                raise AuthenticationError("wrong token")
            return {"subject": "x"}

    host.extension = lambda _: Token()
    receiver = await receive(http={"auth": {"authenticator": "bearertokenauth"}})
    url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces"
    async with http.post(url, data=b"garbage", headers=PROTOBUF) as answer:
        assert answer.status == 401
        assert Status.FromString(await answer.read()).message == "wrong token"
    async with http.post(url, data=telemetry_of().data, headers=PROTOBUF | {"Authorization": "Bearer x"}) as answer:
        assert answer.status == 200
    assert sink.received[0].client.metadata == {}


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"auth": {"authenticator": "oidc"}}, 'extension "oidc" is not running'),
        ({"middlewares": [{"id": "limiter"}]}, "middlewares are not supported"),
        ({"tls": {"cert_file": "/no/such", "key_file": "/no/such"}}, "tls::cert_file: cannot read /no/such"),
    ],
)
async def test_settings_that_cannot_be_honoured_fail_the_start(receive: Any, block: dict[str, Any], message: str) -> None:
    for protocol in ("grpc", "http"):
        with pytest.raises(StartError, match=message):
            await receive(**{protocol: block})


async def test_a_port_in_use_fails_the_start_with_the_systems_reason(receive: Any, http_url: str) -> None:
    for protocol in ("http", "grpc"):
        with pytest.raises(StartError, match=r"listen tcp 127.0.0.1:\d+: .*[aA]ddress already in use"):
            await receive(**{protocol: {"endpoint": http_url.removeprefix("http://")}})


async def test_stopping_answers_what_was_begun_and_takes_nothing_new(
    receive: Any, http: aiohttp.ClientSession, sink: Any, telemetry_of: Make
) -> None:
    receiver = await receive(http={})
    url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces"
    sink.gate.clear()
    begun = asyncio.create_task(http.post(url, data=telemetry_of().data, headers=PROTOBUF))
    await asyncio.wait_for(sink.arrived.wait(), 5)
    stopping = asyncio.create_task(receiver.shutdown())
    for _ in range(3):
        await asyncio.sleep(0)  # until the listening socket is closed
    with pytest.raises(aiohttp.ClientConnectorError):
        await http.post(url, data=b"", headers=PROTOBUF)
    assert not stopping.done()
    sink.gate.set()
    answer = await begun
    assert (answer.status, answer.headers["Connection"]) == (200, "close")
    await asyncio.wait_for(stopping, 5)


async def test_what_is_not_handed_on_in_time_is_not_answered_ok(
    receive: Any, http: aiohttp.ClientSession, sink: Any, telemetry_of: Make, stop_soon: None
) -> None:
    receiver = await receive(http={})
    sink.gate.clear()
    url = f"http://127.0.0.1:{receiver.servers['http'].port}/v1/traces"
    begun = asyncio.create_task(http.post(url, data=telemetry_of().data, headers=PROTOBUF))
    await asyncio.wait_for(sink.arrived.wait(), 5)
    await receiver.shutdown()
    with pytest.raises(aiohttp.ClientError):
        await begun


async def test_a_body_that_stops_coming_is_given_up(receive: Any) -> None:
    receiver = await receive(http={"read_timeout": "50ms"})
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.servers["http"].port)
    writer.write(b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 9\r\n\r\nabc")
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()


async def test_a_unix_socket(receive: Any, sink: Any, telemetry_of: Make, tmp_path: Any) -> None:
    path = str(tmp_path / "otlp.sock")
    await receive(http={"endpoint": path, "transport": "unix"})
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as session,
        session.post("http://collector/v1/traces", data=telemetry_of().data, headers=PROTOBUF) as answer,
    ):
        assert answer.status == 200
    assert len(sink.received) == 1


@pytest.mark.parametrize(
    "bytes_sent", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"POST /v1/traces HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"]
)
async def test_what_is_not_http_is_answered_400_and_logged_at_debug_only(
    http_url: str, bytes_sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(http_url.rpartition(":")[2]))
    writer.write(bytes_sent + b"\r\n\r\n")
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ") or answer.startswith(b"HTTP/1.0 400 ")
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")]
