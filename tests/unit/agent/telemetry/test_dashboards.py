"""Dashboards made for the Go collector find what they ask for.

The tables were taken from the Go collector that `make bench` builds (release 0.155), under the configuration below, with requests
by gRPC and HTTP: what it shows at each level, with types and labels. Ours may show more. Left out, for the reasons given:

- `http_*_body_size`: sizes are not measured here;
- `server_address`, `server_port`, `network_*` on `http_server_*`: a client chooses their values, so they are without bound;
- `server_address`, `server_port`, `url_path` on `exporter_sent_*` and `exporter_send_failed_*`: newer than the specification.
"""

import re
from typing import Any

import aiohttp
import pytest
from grpc import aio

from otel_agent.config.document import decode
from otel_agent.config.registry import installed_registry
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.collector import Collector
from otel_agent.telemetry.exposition import Naming, render
from otel_agent.telemetry.metrics import Level, SelfMetrics
from otel_agent.telemetry.process import register_process_metrics
from otel_agent.transport.grpc_services import export_method

ITEMS = ("spans", "metric_points", "log_records")
Table = dict[str, tuple[str, set[str]]]
"""Name to type and labels."""


def each(name: str, kind: str, *labels: str) -> Table:
    return {name.format(item): (kind, set(labels)) for item in ITEMS}


BASIC: Table = {
    **each("otelcol_receiver_accepted_{}", "counter", "receiver", "transport"),
    **each("otelcol_receiver_refused_{}", "counter", "receiver", "transport"),
    **each("otelcol_receiver_failed_{}", "counter", "receiver", "transport"),
    **each("otelcol_processor_memory_limiter_accepted_{}", "counter", "processor"),
    **each("otelcol_exporter_sent_{}", "counter", "exporter"),
    **each("otelcol_exporter_send_failed_{}", "counter", "exporter"),
    **each("otelcol_exporter_enqueue_failed_{}", "counter", "exporter"),
    "otelcol_processor_incoming_items": ("counter", {"processor", "otel_signal"}),
    "otelcol_processor_outgoing_items": ("counter", {"processor", "otel_signal"}),
    "otelcol_exporter_queue_size": ("gauge", {"exporter", "data_type"}),
    "otelcol_exporter_queue_capacity": ("gauge", {"exporter", "data_type"}),
    "otelcol_exporter_in_flight_requests": ("gauge", {"exporter", "data_type"}),
    "otelcol_process_uptime": ("counter", set()),
    "otelcol_process_cpu_seconds": ("counter", set()),
    "otelcol_process_memory_rss": ("gauge", set()),
    "otelcol_process_runtime_heap_alloc_bytes": ("gauge", set()),
    "otelcol_process_runtime_total_alloc_bytes": ("counter", set()),
    "otelcol_process_runtime_total_sys_memory_bytes": ("gauge", set()),
    "promhttp_metric_handler_errors_total": ("counter", {"cause"}),
    "target_info": ("gauge", {"service_name"}),
}
OLDER: Table = {
    **each("otelcol_processor_accepted_{}", "counter", "processor"),
    **each("otelcol_processor_refused_{}", "counter", "processor"),
}
"""What the memory limiter's counters were called before; published dashboards ask for these."""
NORMAL: Table = {
    "otelcol_processor_batch_batch_send_size": ("histogram", {"processor"}),
    "otelcol_processor_batch_batch_size_trigger_send": ("counter", {"processor"}),
    "otelcol_processor_batch_timeout_trigger_send": ("counter", {"processor"}),
    "otelcol_processor_batch_metadata_cardinality": ("gauge", {"processor"}),
}
DETAILED: Table = {
    "otelcol_processor_batch_batch_send_size_bytes": ("histogram", {"processor"}),
    "otelcol_processor_internal_duration": ("histogram", {"processor", "otel_signal"}),
    "otelcol_exporter_queue_batch_send_size": ("histogram", {"exporter"}),
    "otelcol_exporter_queue_batch_send_size_bytes": ("histogram", {"exporter"}),
    "http_server_request_duration": (
        "histogram",
        {"http_request_method", "http_response_status_code", "http_route", "url_scheme"},
    ),
    "http_client_request_duration": ("histogram", {"http_request_method", "error_type", "server_address"}),
    "rpc_server_call_duration": ("histogram", {"rpc_method", "rpc_response_status_code", "rpc_system_name"}),
    "rpc_client_call_duration": ("histogram", {"rpc_method", "rpc_response_status_code", "rpc_system_name"}),
}
SHOWN = {Level.BASIC: BASIC | OLDER, Level.NORMAL: BASIC | OLDER | NORMAL, Level.DETAILED: BASIC | OLDER | NORMAL | DETAILED}
CONFIG = {
    "receivers": {"otlp": {"protocols": {name: {"endpoint": "127.0.0.1:0"} for name in ("grpc", "http")}}},
    "processors": {"memory_limiter": {"limit_mib": 4000}, "batch": {"timeout": "10ms"}},
    "exporters": {
        "otlp_http": {"endpoint": "http://127.0.0.1:1", "retry_on_failure": {"enabled": False}},
        "otlp_grpc": {"endpoint": "127.0.0.1:1", "tls": {"insecure": True}, "retry_on_failure": {"enabled": False}},
    },
    "service": {
        "pipelines": {
            str(signal): {
                "receivers": ["otlp"],
                "processors": ["memory_limiter", "batch"],
                "exporters": ["otlp_http", "otlp_grpc"],
            }
            for signal in Signal
        }
    },
}


@pytest.fixture
async def used(level: Level, telemetry_of: Any) -> SelfMetrics:
    """Metrics of a collector that has passed a request of each signal on, by each protocol, in vain."""
    metrics = SelfMetrics(level)
    register_process_metrics(metrics)
    collector = Collector(installed_registry(), metrics, 10.0)
    await collector.start(decode(CONFIG, installed_registry()))
    servers = collector.graph.receivers[0].component.servers  # type: ignore[attr-defined]
    async with aiohttp.ClientSession() as http, aio.insecure_channel(f"127.0.0.1:{servers['grpc'].port}") as channel:
        for signal in Signal:
            data = telemetry_of(signal).data
            url, headers = f"http://127.0.0.1:{servers['http'].port}/v1/{signal}", {"Content-Type": "application/x-protobuf"}
            async with http.post(url, data=data, headers=headers) as answer:
                assert answer.status == 200
            await channel.unary_unary(export_method(signal), None, None)(data, timeout=10)
    shown = {family.name: dict(family.instruments) for family in metrics.families()}
    await collector.stop()  # the last attempts end with it, and so would what components compute
    for family in metrics.families():
        for key, instrument in shown.get(family.name, {}).items():
            family.instruments.setdefault(key, instrument)
    return metrics


def table(text: str) -> Table:
    """Read a page."""
    found: Table = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        end = "_count" if kind == "histogram" else ""
        series = re.findall(rf"^{name}{end}(?:\{{(.*)\}})? ", text, re.MULTILINE)
        found[name] = (kind, {label for labels in series for label in re.findall(r'(\w+)="', labels)})
    return found


def missing(wanted: Table, found: Table) -> list[str]:
    return [
        name for name, (kind, labels) in wanted.items() if found.get(name, ("", set()))[0] != kind or not labels <= found[name][1]
    ]


@pytest.mark.parametrize("level", [Level.BASIC, Level.NORMAL, Level.DETAILED])
async def test_each_level_shows_what_the_go_collector_shows(used: SelfMetrics, level: Level) -> None:
    found = table(render(used.families(), {"service.name": "otelcol"}, Naming()))
    assert missing(SHOWN[level], found) == []
    later = {name for shown in (NORMAL, DETAILED) for name in shown} - SHOWN[level].keys()
    assert not later & found.keys()


@pytest.mark.parametrize("level", [Level.DETAILED])
async def test_the_switches_give_the_names_that_most_published_dashboards_have(used: SelfMetrics) -> None:
    naming = Naming(without_type_suffix=False, without_units=False, without_scope_info=False)
    found = table(render(used.families(), {"service.name": "otelcol"}, naming))
    assert {
        *(f"otelcol_receiver_{what}_{item}_total" for what in ("accepted", "refused") for item in ITEMS),
        *(f"otelcol_processor_{what}_{item}_total" for what in ("accepted", "refused") for item in ITEMS),
        *(f"otelcol_exporter_{what}_{item}_total" for what in ("sent", "send_failed", "enqueue_failed") for item in ITEMS),
        "otelcol_exporter_queue_size",
        "otelcol_exporter_queue_capacity",
        "otelcol_process_uptime_seconds_total",
        "otelcol_process_cpu_seconds_total",
        "otelcol_process_memory_rss_bytes",
        "otelcol_process_runtime_heap_alloc_bytes",
        "otelcol_process_runtime_total_alloc_bytes_total",
        "otelcol_process_runtime_total_sys_memory_bytes",
        "otelcol_processor_batch_batch_send_size",
        "otelcol_processor_batch_batch_send_size_bytes",
        "otelcol_processor_batch_batch_size_trigger_send_total",
        "otelcol_processor_batch_timeout_trigger_send_total",
        "otelcol_processor_batch_metadata_cardinality",
        "http_server_request_duration_seconds",
        "rpc_server_call_duration_seconds",
    } <= found.keys()
    assert {"otel_scope_name", "otel_scope_version", "otel_scope_schema_url"} <= found["otelcol_exporter_queue_size"][1]
