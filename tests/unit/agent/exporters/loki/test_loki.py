import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from otel_agent.exporters.loki.config import LokiExporterConfig
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.errors import PermanentError, RetryableError
from tests.standins.loki import Loki

Make = Callable[..., Telemetry]
SHOP = {"service.name": "shop", "service.namespace": "eu", "service.instance.id": "pod-1"}


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
async def test_records_arrive_as_entries_with_the_default_labels(loki: Loki, export: Any, make_logs: Make, encoding: str) -> None:
    exporter = await export(encoding=encoding)
    await exporter.consume(
        make_logs({"body": "paid", "severity_number": 9}, {"body": "lost", "severity_number": 19}, resource=SHOP)
    )
    assert loki.refused == []
    labels = {"exporter": "OTLP", "job": "eu/shop", "instance": "pod-1"}
    assert [entry.labels for entry in loki.taken] == [labels | {"level": "INFO"}, labels | {"level": "ERROR3"}]
    assert '"body":"paid"' in loki.taken[0].line


async def test_protobuf_has_no_content_encoding_and_json_has_the_configured_one(loki: Loki, export: Any, make_logs: Make) -> None:
    await (await export(compression="snappy")).consume(make_logs({"body": "a"}))
    await (await export(compression="gzip", encoding="json")).consume(make_logs({"body": "b"}))
    assert [headers.get("content-encoding") for headers in loki.headers] == [None, "gzip"]
    assert len(loki.taken) == 2


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
async def test_entries_of_a_stream_are_sorted_and_equal_times_stay_in_order(
    loki: Loki, export: Any, make_logs: Make, encoding: str
) -> None:
    base = 1_790_000_000_000_000_000
    times = [5, 3, 5, 1]
    records = [{"body": str(number), "time": base + time} for number, time in enumerate(times)]
    records.append({"body": "observed", "time": 0, "observed_time_unix_nano": base + 4})
    await (await export(encoding=encoding)).consume(
        make_logs(*[{**record, "attributes": {"loki.format": "raw"}} for record in records])
    )
    assert [entry.line for entry in loki.taken] == ["3", "1", "observed", "0", "2"]


async def test_a_record_without_any_time_gets_that_of_sending(loki: Loki, export: Any, make_logs: Make) -> None:
    await (await export()).consume(make_logs({"body": "late", "time": 0}))
    assert loki.refused == []
    assert len(loki.taken) == 1


async def test_each_tenant_gets_its_own_request(loki: Loki, export: Any, make_logs: Make) -> None:
    records = [{"body": name, "attributes": {"loki.tenant": "team", "team": name}} for name in ("a", "b", "a")]
    await (await export(headers={"x-scope-orgid": "by settings"})).consume(make_logs(*records, {"body": "none"}))
    assert sorted(entry.tenant for entry in loki.taken) == ["a", "a", "b", "by settings"]
    assert {entry.labels.get("team") for entry in loki.taken} == {"a", "b", None}, "the Go exporter makes it a label, too"


async def test_only_the_tenants_that_failed_are_tried_again(loki: Loki, export: Any, make_logs: Make) -> None:
    records = [{"body": name, "attributes": {"loki.tenant": "team", "team": name}} for name in ("a", "b", "c")]
    loki.answers = [None, 429, 500]
    with pytest.raises(RetryableError) as caught:
        await (await export()).consume(make_logs(*records, resource=SHOP, scope="library"))
    failed = caught.value.failed
    assert failed is not None
    assert failed.items == 2
    logs = parse(Signal.LOGS, failed.data).resource_logs[0]
    taken = {entry.tenant for entry in loki.taken}
    assert {record.body.string_value for record in logs.scope_logs[0].log_records} == {"a", "b", "c"} - taken
    assert logs.scope_logs[0].scope.name == "library"
    assert len(logs.resource.attributes) == 3


async def test_a_tenant_that_refuses_for_good_does_not_keep_the_others_from_another_attempt(
    loki: Loki, export: Any, make_logs: Make
) -> None:
    records = [{"body": name, "attributes": {"loki.tenant": "team", "team": name}} for name in ("a", "b")]
    loki.answers = [400, 503]
    with pytest.raises(RetryableError) as caught:
        await (await export()).consume(make_logs(*records))
    assert caught.value.failed is not None
    assert caught.value.failed.items == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, PermanentError) for status in (400, 401, 404, 422)),
        *((status, RetryableError) for status in (429, 500, 502, 503, 302)),
    ],
)
async def test_statuses_say_whether_to_try_again(loki: Loki, export: Any, make_logs: Make, status: int, kind: type) -> None:
    loki.answers = [status]
    with pytest.raises(kind, match=f"HTTP {status} .*: told to answer {status}$"):
        await (await export()).consume(make_logs({"body": "x"}))


async def test_retry_after_is_respected(loki: Loki, export: Any, make_logs: Make) -> None:
    loki.answers = [(429, {"Retry-After": "7"})]
    with pytest.raises(RetryableError) as caught:
        await (await export()).consume(make_logs({"body": "x"}))
    assert caught.value.retry_after == 7


async def test_a_refused_request_is_counted_and_the_next_one_goes_through(
    loki: Loki, export: Any, make_logs: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    exporter = await export(sending_queue={"num_consumers": 1})
    loki.answers = [400]
    await exporter.consume(make_logs({"body": "old"}, {"body": "older"}))
    await exporter.consume(make_logs({"body": "new"}))
    await exporter.shutdown()
    assert scrape()['otelcol_exporter_send_failed_log_records{exporter="loki"}'] == 2
    assert scrape()['otelcol_exporter_sent_log_records{exporter="loki"}'] == 1
    assert [entry.labels for entry in loki.taken] == [{"exporter": "OTLP"}]


async def test_a_loki_that_comes_later_gets_everything(loki: Loki, export: Any, make_logs: Make) -> None:
    retry = {"initial_interval": "5ms", "max_interval": "20ms"}
    exporter = await export(sending_queue={}, retry_on_failure=retry)
    loki.answers = [503] * 5
    for number in range(10):
        await exporter.consume(make_logs({"body": str(number), "attributes": {"loki.format": "raw"}}))
    await exporter.shutdown()
    assert sorted(entry.line for entry in loki.taken) == [str(number) for number in range(10)]


async def test_records_without_labels_are_dropped_and_counted(
    loki: Loki, export: Any, make_logs: Make, scrape: Callable[[], dict[str, float]], caplog: pytest.LogCaptureFixture
) -> None:
    exporter = await export(default_labels_enabled={"exporter": False, "job": False, "instance": False, "level": False})
    labelled = {"body": "b", "attributes": {"loki.attribute.labels": "team", "team": "a"}}
    for _ in range(3):
        await exporter.consume(make_logs({"body": "a"}, labelled))
    assert [entry.labels for entry in loki.taken] == [{"team": "a"}] * 3
    assert scrape()['otelcol_lokiexporter_send_failed_due_to_missing_labels{exporter="loki"}'] == 3
    assert sum("could be converted" in record.message for record in caplog.records) == 1


async def test_dropped_records_are_counted_once_however_often_the_others_are_tried(
    loki: Loki, export: Any, make_logs: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    retry = {"initial_interval": "1ms", "max_interval": "1ms"}
    exporter = await export(retry_on_failure=retry)
    loki.answers = [503, 503]
    await exporter.consume(make_logs({"body": "a", "attributes": {"loki.format": "xml"}}, {"body": "b"}))
    assert len(loki.taken) == 1
    assert scrape()['otelcol_lokiexporter_send_failed_due_to_unknown_format{exporter="loki"}'] == 1


async def test_a_request_of_which_nothing_can_be_converted_is_permanent(loki: Loki, export: Any, make_logs: Make) -> None:
    with pytest.raises(PermanentError, match="failed to transform logs into Loki log streams"):
        await (await export()).consume(make_logs({"body": "a", "attributes": {"loki.format": "xml"}}))
    assert loki.headers == []


async def test_an_unknown_format_costs_only_its_record(
    loki: Loki, export: Any, make_logs: Make, scrape: Callable[[], dict[str, float]]
) -> None:
    await (await export()).consume(make_logs({"body": "a", "attributes": {"loki.format": "xml"}}, {"body": "b"}))
    assert len(loki.taken) == 1
    assert scrape()['otelcol_lokiexporter_send_failed_due_to_unknown_format{exporter="loki"}'] == 1


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
async def test_structured_metadata_is_beside_the_line(loki: Loki, export: Any, make_logs: Make, encoding: str) -> None:
    record = {"body": "paid", "trace_id": b"\1" * 16, "span_id": b"\2" * 8, "attributes": {"http.method": "GET", "empty": ""}}
    await (await export(structured_metadata=True, encoding=encoding)).consume(make_logs(record, resource={"host.name": "n1"}))
    assert loki.refused == []
    assert loki.taken[0].line == "paid"
    assert loki.taken[0].metadata == {
        "trace_id": "01" * 16,
        "span_id": "02" * 8,
        "http_method": "GET",
        "host_name": "n1",
    }


async def test_a_large_request_does_not_stop_the_event_loop(loki: Loki, export: Any, make_logs: Make) -> None:
    exporter = await export()
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while not loki.taken:
            turns += 1
            await asyncio.sleep(0.001)

    sent = make_logs(*[{"body": f"line {number}", "attributes": {"n": number}} for number in range(10_000)])
    counting = asyncio.create_task(turn())
    await exporter.consume(sent)
    await counting
    assert len(loki.taken) == 10_000
    assert turns > 5


async def test_a_malformed_request_is_permanent(export: Any) -> None:
    with pytest.raises(PermanentError, match="malformed logs request"):
        await (await export()).consume(Telemetry(Signal.LOGS, b"\x0a\x05abc", 1))


async def test_a_loki_that_is_not_there_is_tried_again(export: Any, make_logs: Make) -> None:
    with pytest.raises(RetryableError, match="failed to make an HTTP request"):
        await (await export(endpoint="http://127.0.0.1:1/loki/api/v1/push")).consume(make_logs({"body": "x"}))


async def test_hostile_labels_stay_labels(loki: Loki, export: Any, make_logs: Make) -> None:
    evil = 'a"},{x="\\\n\t\x00\u2028ü€'
    attributes = {"loki.attribute.labels": ["9 lives", "_one", "__two", "ä", "", "9 lives"], "9 lives": evil, "_one": "1"}
    await (await export()).consume(make_logs({"body": evil, "attributes": attributes | {"__two": "2", "ä": "u", "": "none"}}))
    assert loki.refused == []
    expected = {"exporter": "OTLP", "key_9_lives": evil, "key_one": "1", "__two": "2", "key_": "u"}
    assert loki.taken[0].labels == expected


async def test_a_tenant_cannot_add_headers(loki: Loki, export: Any, make_logs: Make) -> None:
    attributes = {"loki.tenant": "team", "team": "a\r\nX-Evil: yes"}
    await (await export()).consume(make_logs({"body": "x", "attributes": attributes}))
    assert loki.headers[0]["x-scope-orgid"] == "a__X-Evil: yes"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "requires a non-empty endpoint"),
        ({"endpoint": "loki:3100"}, "is not an http:// or https:// URL"),
        ({"endpoint": "http://loki", "tenant": "a"}, "tenant"),
        ({"endpoint": "http://loki", "default_labels_enabled": {"host": True}}, "host"),
        ({"endpoint": "http://loki", "timeout": "-1s"}, "non-negative"),
    ],
)
def test_settings_that_cannot_be_are_refused(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LokiExporterConfig.model_validate(keys)


def test_the_standin_refuses_what_loki_would() -> None:
    import cramjam

    from tests.standins.loki import Refused, read_push

    for kind, body in [
        ("text/plain", b""),
        ("application/x-protobuf", b"\xff\x06\x00\x00sNaPpY"),
        ("application/x-protobuf", bytes(cramjam.snappy.compress_raw(b"\x0a\x04\x0a\x02{}"))),
        ("application/x-protobuf", bytes(cramjam.snappy.compress_raw(b"\x15\x00\x00\x00\x00"))),
        ("application/json", b'{"streams": [{"stream": {"a-b": "c"}, "values": [["1790000000000000000", "x"]]}]}'),
        ("application/json", b'{"streams": [{"stream": {"a": "b"}, "values": [["2", "x"]]}]}'),
    ]:
        with pytest.raises(Refused):
            list(read_push(kind, body))


async def test_the_standin_tells_what_it_took_and_refused(loki: Loki, export: Any, make_logs: Make) -> None:
    await (await export()).consume(make_logs({"body": "x"}))
    async with aiohttp.ClientSession() as session:
        async with session.post(loki.url, data=b"x") as response:
            assert response.status == 400
        base = loki.url.removesuffix("/loki/api/v1/push")
        async with session.get(f"{base}/taken") as response:
            assert [entry["labels"] for entry in await response.json()] == [{"exporter": "OTLP"}]
        async with session.get(f"{base}/refused") as response:
            assert await response.json() == ["Content-Type 'application/octet-stream'"]
