"""The k8s_attributes processor beside a real API server and its controllers."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.messages import REQUESTS, parse
from otel_agent.pdata.telemetry import ClientInfo, Signal, Telemetry
from otel_agent.pipeline.component import BuildContext
from otel_agent.pipeline.errors import StartError
from otel_agent.processors.k8s_attributes.config import K8sAttributesConfig
from otel_agent.processors.k8s_attributes.factory import create
from otel_agent.telemetry.metrics import SelfMetrics


class Sink:
    """Keeps what comes."""

    def __init__(self) -> None:
        self.received: list[Telemetry] = []

    async def consume(self, telemetry: Telemetry) -> None:
        self.received.append(telemetry)


class Host:
    """Without extensions."""

    def extension(self, component_id: ComponentId) -> Any:
        raise KeyError(component_id)

    def report_fatal(self, component_id: ComponentId, error: Exception) -> None:
        raise error

    def report_status(self, *args: Any) -> None:
        """Nobody looks."""


def processor_of(sink: Sink, **raw: Any) -> Any:
    logger, metrics = logging.getLogger("test.k8s"), SelfMetrics()
    context = BuildContext(
        ComponentId("k8s_attributes"),
        ComponentKind.PROCESSOR,
        Signal.TRACES,
        "traces",
        logger,
        metrics,
        {Signal.TRACES: sink},
        lambda key, make: make(),
    )
    return create(K8sAttributesConfig.model_validate({"auth_type": "kubeConfig", **raw}), context)


async def described(processor: Any, sink: Sink, address: str) -> dict[str, str]:
    request = REQUESTS[Signal.TRACES]()
    request.resource_spans.add().scope_spans.add().spans.add(name="x")
    await processor.consume(Telemetry(Signal.TRACES, request.SerializeToString(), 1, ClientInfo(address)))
    resource = parse(Signal.TRACES, sink.received[-1].data).resource_spans[0].resource
    return {entry.key: entry.value.string_value for entry in resource.attributes}


async def eventually(probe: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until there is an answer that counts, for a minute."""
    for _ in range(600):
        if found := await probe():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("the watches did not bring it within a minute")


@pytest.mark.timeout(120)
async def test_a_pod_of_a_deployment_is_described_from_its_start_until_a_while_after_its_end(
    apiserver: ApiServer, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(apiserver.kubeconfig))
    kubectl = apiserver.kubectl
    kubectl("label", "namespace", namespace, "team=core")
    sink = Sink()
    labels = [{"key": "app"}, {"key": "team", "from": "namespace"}]
    metadata = ["k8s.deployment.name", "k8s.deployment.uid", "k8s.pod.name", "k8s.namespace.name", "k8s.cluster.uid"]
    processor = processor_of(
        sink,
        wait_for_metadata=True,
        wait_for_metadata_timeout="30s",
        pod_delete_grace_period="1h",
        filter={"namespace": namespace},
        extract={"labels": labels, "metadata": metadata},
    )
    await processor.start(Host())
    try:
        kubectl("create", "deployment", "web", "--image=web:1", "-n", namespace)

        async def pods() -> Any:
            return json.loads(kubectl("get", "pods", "-n", namespace, "-o", "json"))["items"]

        async def attributes(key: str, value: str = "") -> dict[str, str]:
            found = await described(processor, sink, "10.7.0.1")
            return found if key in found and found[key] == (value or found[key]) else {}

        pod = (await eventually(pods))[0]["metadata"]["name"]
        status = json.dumps({"status": {"podIP": "10.7.0.1", "podIPs": [{"ip": "10.7.0.1"}]}})
        kubectl("patch", "pod", pod, "-n", namespace, "--subresource=status", "--type=merge", f"--patch={status}")
        found = await eventually(lambda: attributes("k8s.deployment.uid"))
        deployment = json.loads(kubectl("get", "deployment", "web", "-n", namespace, "-o", "json"))
        cluster = json.loads(kubectl("get", "namespace", "kube-system", "-o", "json"))
        assert found == {
            "k8s.pod.ip": "10.7.0.1",
            "k8s.pod.name": pod,
            "k8s.namespace.name": namespace,
            "k8s.deployment.name": "web",
            "k8s.deployment.uid": deployment["metadata"]["uid"],
            "k8s.cluster.uid": cluster["metadata"]["uid"],
            "k8s.pod.labels.app": "web",
            "k8s.namespace.labels.team": "core",
        }
        kubectl("label", "pod", pod, "-n", namespace, "app=other", "--overwrite")
        await eventually(lambda: attributes("k8s.pod.labels.app", "other"))
        kubectl("delete", "deployment", "web", "-n", namespace, "--wait=true", "--cascade=foreground")
        assert (await described(processor, sink, "10.7.0.1"))["k8s.pod.name"] == pod
    finally:
        await processor.shutdown()


async def test_a_start_that_waits_in_vain_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    config = tmp_path / "config"
    config.write_text(
        json.dumps(
            {
                "current-context": "a",
                "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
                "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}],
                "users": [{"name": "a", "user": {"token": "x"}}],
            }
        )
    )
    monkeypatch.setenv("KUBECONFIG", str(config))
    processor = processor_of(Sink(), wait_for_metadata=True, wait_for_metadata_timeout="100ms")
    with pytest.raises(StartError, match=r"wait_for_metadata: the API server did not list the objects within 0\.1 s"):
        await processor.start(Host())
