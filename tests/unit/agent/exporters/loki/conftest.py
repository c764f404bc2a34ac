from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from otel_agent.config.component import ComponentKind
from otel_agent.exporters.loki.config import LokiExporterConfig
from otel_agent.exporters.loki.factory import create
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal, Telemetry
from tests.standins.loki import Loki

NOON = 1_790_000_000_000_000_000


def set_value(target: Any, value: Any) -> None:
    """Fill an AnyValue from a plain one."""
    if isinstance(value, dict):
        target.kvlist_value.SetInParent()
        for key, member in value.items():
            set_value(target.kvlist_value.values.add(key=key).value, member)
    elif isinstance(value, list):
        target.array_value.SetInParent()
        for member in value:
            set_value(target.array_value.values.add(), member)
    elif value is not None:
        kinds = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}
        setattr(target, kinds[type(value)], value)


def record_request(*records: dict[str, Any], resource: dict[str, Any] | None = None, scope: str = "") -> Any:
    """A request of one resource; records are `{"body": …, "attributes": {…}, "severity_number": …, …}`."""
    request = REQUESTS[Signal.LOGS]()
    logs = request.resource_logs.add()
    for key, value in (resource or {}).items():
        set_value(logs.resource.attributes.add(key=key).value, value)
    inner = logs.scope_logs.add()
    inner.scope.name = scope
    for number, fields in enumerate(records):
        rest = dict(fields)
        record = inner.log_records.add(time_unix_nano=rest.pop("time", NOON + number))
        set_value(record.body, rest.pop("body", None))
        for key, value in rest.pop("attributes", {}).items():
            set_value(record.attributes.add(key=key).value, value)
        for name, value in rest.items():
            setattr(record, name, value)
    return request


def logs_of(request: Any) -> Telemetry:
    items = sum(len(scope.log_records) for logs in request.resource_logs for scope in logs.scope_logs)
    return Telemetry(Signal.LOGS, request.SerializeToString(), items)


@pytest.fixture
def make_request() -> Callable[..., Any]:
    return record_request


@pytest.fixture
def make_logs() -> Callable[..., Telemetry]:
    return lambda *records, **keys: logs_of(record_request(*records, **keys))


@pytest.fixture
async def loki() -> AsyncIterator[Loki]:
    async with Loki() as running:
        yield running


@pytest.fixture
async def export(loki: Loki, make_context: Any, host: Any) -> AsyncIterator[Any]:
    """Start an exporter without queue and retries, unless keys say otherwise."""
    started = []

    async def start(**keys: Any) -> Any:
        defaults: dict[str, Any] = {"endpoint": loki.url, "sending_queue": {"enabled": False}}
        defaults["retry_on_failure"] = {"enabled": False}
        context = make_context(ComponentKind.EXPORTER, "loki", Signal.LOGS)
        exporter = create(LokiExporterConfig.model_validate(defaults | keys), context)
        started.append(exporter)
        await exporter.start(host)
        return exporter

    yield start
    for exporter in started:
        await exporter.shutdown()
