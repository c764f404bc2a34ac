"""A real Prometheus server scrapes our prometheus exporter: values, exemplars with trace ids, native histograms, target_info."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from e2e.cluster.waiting import wait_until
from e2e.images.inputs import ROOT
from tests.interop import prometheus_server
from tests.interop.collectors import SILENT, Starter, ours
from tests.interop.prometheus_server import PrometheusServer

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine builds Prometheus
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SCRAPE_SECONDS = 60.0


def request() -> ExportMetricsServiceRequest:
    """A counter and a histogram with an exemplar each, an exponential histogram, and a gauge."""
    now = time.time_ns()
    message = ExportMetricsServiceRequest()
    resource = message.resource_metrics.add()
    for key, value in {"service.name": "shop", "service.instance.id": "shop-1", "host.name": "node-7"}.items():
        resource.resource.attributes.add(key=key).value.string_value = value
    metrics = resource.scope_metrics.add().metrics
    times = {"time_unix_nano": now, "start_time_unix_nano": now - 60 * 10**9}
    exemplar = {"time_unix_nano": now, "trace_id": bytes.fromhex(TRACE), "span_id": bytes.fromhex(SPAN)}

    hits = metrics.add(name="http.hits", description="Requests").sum
    hits.is_monotonic, hits.aggregation_temporality = True, 2
    hits.data_points.add(as_int=42, **times).exemplars.add(as_double=1.0, **exemplar)

    took = metrics.add(name="http.took", unit="s").histogram
    took.aggregation_temporality = 2
    point = took.data_points.add(count=6, sum=4.5, bucket_counts=[1, 2, 3], explicit_bounds=[0.1, 1.0], **times)
    point.exemplars.add(as_double=0.5, **exemplar)

    native = metrics.add(name="http.size", unit="By").exponential_histogram
    native.aggregation_temporality = 2
    sizes = native.data_points.add(count=10, sum=1234.5, scale=2, zero_count=1, **times)
    sizes.positive.offset = 4
    sizes.positive.bucket_counts.extend([2, 0, 0, 0, 0, 7])

    metrics.add(name="load", unit="1").gauge.data_points.add(as_double=0.25, time_unix_nano=now)
    return message


STACK = ROOT / "manifests" / "grafana"


@pytest.fixture(scope="module")
def program(pytestconfig: pytest.Config) -> Path:
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        return prometheus_server.build()


@pytest.fixture(scope="module", params=["openmetrics", "protobuf"])
def server(request: pytest.FixtureRequest, starter: Starter, program: Path) -> Iterator[PrometheusServer]:
    """One that has scraped our collector, which has got the request above."""

    def config(ports: list[int]) -> dict[str, object]:
        return {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{ports[0]}"}}}},
            "exporters": {"prometheus": {"endpoint": f"127.0.0.1:{ports[1]}"}},
            "service": {
                "telemetry": SILENT,
                "pipelines": {"metrics": {"receivers": ["otlp"], "exporters": ["prometheus"]}},
            },
        }

    collector, (otlp, exposed) = starter.start(f"scraped-{request.param}", ours(), 2, config)
    send(otlp)
    scraped: dict[str, Any] = {
        "job_name": "collector",
        "honor_labels": True,
        "static_configs": [{"targets": [f"127.0.0.1:{exposed}"]}],
    }
    if request.param == "protobuf":
        scraped |= {"scrape_native_histograms": True, "scrape_protocols": ["PrometheusProto"]}
    running = PrometheusServer.start(starter.group, program, f"prometheus-{request.param}", [scraped])
    wait_until(
        "prometheus: scraped",
        lambda: bool(running.query("http_hits_total")),
        seconds=SCRAPE_SECONDS,
        alive=running.component.check_alive,
    )
    yield running
    running.component.end()
    collector.end()


def send(port: int) -> None:
    url, body = f"http://127.0.0.1:{port}/v1/metrics", request().SerializeToString()
    headers = {"Content-Type": "application/x-protobuf"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as response:
        assert response.status == 200


def test_the_target_is_healthy(server: PrometheusServer) -> None:
    assert [(target["health"], target["lastError"]) for target in server.targets()] == [("up", "")]


def test_values_arrive_with_job_and_instance(server: PrometheusServer) -> None:
    (hits,) = server.query("http_hits_total")
    assert hits["value"][1] == "42"
    assert (hits["metric"]["job"], hits["metric"]["instance"]) == ("shop", "shop-1")
    assert server.query("load_ratio")[0]["value"][1] == "0.25"
    assert server.query("http_took_seconds_count")[0]["value"][1] == "6"
    assert {found["metric"]["le"]: found["value"][1] for found in server.query("http_took_seconds_bucket")} == {
        "0.1": "1",
        "1.0": "3",
        "+Inf": "6",
    }


@pytest.mark.parametrize("selector", ["http_hits_total", "http_took_seconds_bucket"])
def test_the_query_api_answers_exemplars_with_the_ids_of_trace_and_span(server: PrometheusServer, selector: str) -> None:
    (found,) = server.exemplars(selector)
    assert found["seriesLabels"]["job"] == "shop"
    assert [exemplar["labels"] for exemplar in found["exemplars"]] == [{"trace_id": TRACE, "span_id": SPAN}]


def test_target_info_can_be_joined(server: PrometheusServer) -> None:
    (joined,) = server.query("http_hits_total * on (job, instance) group_left (host_name) target_info")
    assert joined["metric"]["host_name"] == "node-7"


def test_exponential_histograms_are_native_where_protobuf_is_scraped(server: PrometheusServer) -> None:
    native = "protobuf" in server.component.name
    count = "histogram_count(http_size_bytes)" if native else "http_size_bytes_count"
    total = "histogram_sum(http_size_bytes)" if native else "http_size_bytes_sum"
    assert server.query(count)[0]["value"][1] == "10"
    assert server.query(total)[0]["value"][1] == "1234.5"
    if native:
        (found,) = server.query("http_size_bytes")
        assert [bucket[3] for bucket in found["histogram"][1]["buckets"]] == ["1", "2", "7"]


def arguments_of(deployment: Path) -> list[str]:
    """What a Deployment gives to Prometheus, but for the places of its files."""
    (container,) = next(yaml.safe_load_all(deployment.read_text()))["spec"]["template"]["spec"]["containers"]
    return [given for given in container["args"] if not given.startswith(("--config.file=", "--storage.tsdb.path="))]


def test_the_grafana_stacks_configuration_and_arguments_are_taken(starter: Starter, program: Path) -> None:
    arguments = arguments_of(STACK / "prometheus.yaml")
    assert arguments == ["--storage.tsdb.retention.size=1GB", "--enable-feature=exemplar-storage"]
    running = PrometheusServer.load(starter.group, program, "stack", STACK / "config" / "prometheus.yml", arguments)
    wait_until("stack: targets", lambda: bool(running.targets()), seconds=SCRAPE_SECONDS, alive=running.component.check_alive)
    (target,) = running.targets()
    assert (target["scrapePool"], target["scrapeUrl"]) == ("collector", "http://collector:9464/metrics")
    running.component.end()
