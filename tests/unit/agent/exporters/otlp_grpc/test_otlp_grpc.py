import asyncio
import gzip
import logging
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError, StartError

Make = Callable[..., Telemetry]


@pytest.mark.parametrize("signal", list(Signal))
async def test_each_signal_goes_to_its_service_gzipped(server: Any, export: Any, telemetry_of: Make, signal: Signal) -> None:
    sent = telemetry_of(signal, items=40)
    await (await export(signal)).consume(sent)
    assert gzip.decompress(server.requests[0]) == sent.data
    assert server.metadata[0]["user-agent"].startswith("OpenTelemetry-Collector-Python/")


async def test_headers_are_sent_in_lower_case(server: Any, export: Any, telemetry_of: Make) -> None:
    await (await export(headers={"X-Tenant": "a"}, compression="none")).consume(telemetry_of())
    assert server.metadata[0]["x-tenant"] == "a"
    assert server.requests[0] == telemetry_of().data


@pytest.mark.parametrize(
    ("answer", "kind", "delay"),
    [
        ((grpc.StatusCode.UNAVAILABLE, None), RetryableError, None),
        ((grpc.StatusCode.UNAVAILABLE, 2.5), RetryableError, 2.5),
        ((grpc.StatusCode.RESOURCE_EXHAUSTED, 4.0), RetryableError, 4.0),
        ((grpc.StatusCode.RESOURCE_EXHAUSTED, None), PermanentError, None),
        ((grpc.StatusCode.INTERNAL, None), PermanentError, None),
        ((grpc.StatusCode.INVALID_ARGUMENT, 3.0), PermanentError, None),
    ],
)
async def test_answers_decide_what_happens_to_the_data(
    server: Any, export: Any, telemetry_of: Make, answer: Any, kind: type[ConsumeError], delay: float | None
) -> None:
    server.answers = [answer]
    with pytest.raises(kind) as caught:
        await (await export()).consume(telemetry_of())
    if kind is RetryableError:
        assert caught.value.retry_after == delay


async def test_a_throttled_request_is_sent_again_after_the_wait(server: Any, export: Any, telemetry_of: Make) -> None:
    server.answers = [(grpc.StatusCode.RESOURCE_EXHAUSTED, 0.1)]
    retry = {"initial_interval": "1ms", "randomization_factor": 0.0}
    exporter = await export(retry_on_failure=retry)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await exporter.consume(telemetry_of())
    assert loop.time() - began >= 0.1
    assert len(server.requests) == 2


async def test_partial_success_is_only_logged(
    server: Any, export: Any, telemetry_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ExportTraceServiceResponse()
    answer.partial_success.rejected_spans, answer.partial_success.error_message = 2, "too old"
    server.answers = [answer.SerializeToString(), b"\xff not an answer"]
    exporter = await export()
    await exporter.consume(telemetry_of(items=3))
    await exporter.consume(telemetry_of(items=3))
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings[0].__dict__["rejected_items"] == 2
    assert "cannot be read" in warnings[1].message
    assert len(server.requests) == 2


async def test_a_peer_that_is_down_fails_no_start_and_is_reached_when_it_comes(
    server: Any, export: Any, telemetry_of: Make
) -> None:
    await server.server.stop(0)
    exporter = await export(retry_on_failure={"initial_interval": "50ms", "max_interval": "200ms"})
    sending = asyncio.create_task(exporter.consume(telemetry_of()))
    await asyncio.sleep(0.2)
    await server.start(server.port)
    await asyncio.wait_for(sending, 15)
    assert len(server.requests) == 1


async def test_an_attempt_has_a_time_limit(export: Any, telemetry_of: Make) -> None:
    with pytest.raises(RetryableError):
        await (await export(endpoint="http://127.0.0.1:1", wait_for_ready=True, timeout="50ms")).consume(telemetry_of())


@pytest.mark.parametrize("client", ["portable"], indirect=True)
async def test_unavailable_compressions_fall_back_to_gzip(
    server: Any, export: Any, telemetry_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    await (await export(compression="zstd")).consume(telemetry_of(items=40))
    assert server.requests[0][:2] == b"\x1f\x8b"
    assert "gzip is used instead" in caplog.text


@pytest.mark.parametrize("client", ["portable"], indirect=True)
async def test_grpcio_cannot_skip_the_check_of_the_server(export: Any) -> None:
    with pytest.raises(StartError, match="insecure_skip_verify"):
        await export(endpoint="127.0.0.1:1", tls={"insecure_skip_verify": True})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"endpoint": "127.0.0.1:1", "tls": {"ca_file": "/no/such"}}, "tls::ca_file: cannot read /no/such"),
        ({"auth": {"authenticator": "oauth2client"}}, 'extension "oauth2client" is not running'),
    ],
)
async def test_settings_that_cannot_be_honoured_fail_the_start(export: Any, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(StartError, match=message):
        await export(**keys)


async def test_credentials_of_an_extension_are_added(server: Any, export: Any, host: Any, telemetry_of: Make) -> None:
    class Bearer:
        demands_tls = False

        async def credentials(self, headers: dict[str, str], client: Any) -> dict[str, str]:
            return {**headers, "Authorization": "Bearer x"}

    host.extension = lambda _: Bearer()
    await (await export(auth={"authenticator": "bearertokenauth"})).consume(telemetry_of())
    assert server.metadata[0]["authorization"] == "Bearer x"


async def test_changed_certificates_do_not_end_requests_on_their_way(
    server: Any, export: Any, telemetry_of: Make, tmp_path: Any
) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("first")
    answered = asyncio.Event()
    server.answers = [answered, b""]
    tls = {"insecure": True, "ca_file": str(ca_file), "reload_interval": "1ms"}
    exporter = await export(tls=tls, timeout="0s")
    slow = asyncio.create_task(exporter.consume(telemetry_of()))
    async with asyncio.timeout(5):
        while not server.requests:  # noqa: ASYNC110 -- the server has no event for it
            await asyncio.sleep(0.01)
    ca_file.write_text("second one")
    await exporter.consume(telemetry_of())
    await asyncio.sleep(1.2)
    answered.set()
    await asyncio.wait_for(slow, 5)
    assert len(server.requests) == 2
