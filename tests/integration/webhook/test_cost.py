"""What admission costs: memory of the program and time a request takes. Bounds are loose; the figures are printed (-s)."""

import statistics
import time
from typing import Any

from otel_operator.kinds import COLLECTOR, CONFIGMAP
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect

REQUESTS = 200


async def milliseconds(client: KubeClient, path: str, body: dict[str, Any]) -> list[float]:
    """Create `body` without storing it, one request after another."""
    took = []
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        await client.request("POST", path, {"dryRun": "All"}, body)
        took.append((time.perf_counter() - begin) * 1000)
    return sorted(took)


def own_seconds(exposition: str) -> float:
    """Sum the time that the program itself spent on collector reviews."""
    lines = [line for line in exposition.splitlines() if line.startswith("controller_runtime_webhook_latency_seconds_sum")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if "opentelemetrycollector" in line)


async def test_admission_is_quick_and_small(apiserver: Any, webhook: Any, shop: str, collector: Any) -> None:
    client = KubeClient(await connect(str(apiserver.kubeconfig)))
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "floor"}}
    try:
        idle, before = webhook.resident_mib(), own_seconds(webhook.metrics())
        floor = await milliseconds(client, CONFIGMAP.path(shop), config_map)
        checked = await milliseconds(client, COLLECTOR.path(shop), collector())
    finally:
        await client.close()
    p50, p99 = statistics.median(checked), checked[int(REQUESTS * 0.99)]
    own = 1000 * (own_seconds(webhook.metrics()) - before) / REQUESTS
    print(f"\nwebhook: {idle:.1f} to {webhook.resident_mib():.1f} MiB in {REQUESTS} admissions of {own:.1f} ms own time")
    print(f"create collector p50 {p50:.1f} ms p99 {p99:.1f} ms; create ConfigMap p50 {statistics.median(floor):.1f} ms")
    assert p50 < 100
    assert webhook.resident_mib() < 128


def test_requests_are_counted(webhook: Any, kubectl: Any, shop: str, collector: Any) -> None:
    kubectl.apply(shop, collector())
    text = webhook.metrics()
    path = "/validate-opentelemetry-io-v1beta1-opentelemetrycollector"
    assert f'controller_runtime_webhook_requests_total{{code="200",webhook="{path}"}}' in text
    assert f'controller_runtime_webhook_latency_seconds_count{{webhook="{path}"}}' in text
    assert "otel_operator_webhook_certificate_expiry_timestamp_seconds 1." in text
