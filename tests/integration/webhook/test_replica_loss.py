"""One of two replicas is killed while pods are created in numbers: every pod starts, and none misses its injection in silence."""

import asyncio
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from e2e.cluster.apiserver import ApiServer
from e2e.cluster.ports import free_ports
from e2e.cluster.waiting import wait_until
from otel_operator.inject.record import INJECTED
from otel_operator.kinds import POD
from otel_operator.kube.client import KubeClient
from otel_operator.kube.connection import connect
from otel_operator.kube.retry import ONCE
from tests.integration.webhook.asking import missed_and_due, pods_asked_at
from tests.integration.webhook.conftest import replica
from tests.interop.relay import Relay

BARE, OWNED = 120, 80
"""Pods that are created one by one, and those of a Deployment at the same time."""
LANES = 12
SECONDS = 120.0
"""For controllers and the API server's own watches; nothing waits for it to pass."""
KILL_AFTER = 40
AGENT = "opentelemetry-auto-instrumentation-python"
ASKS = {"instrumentation.opentelemetry.io/inject-python": "true"}
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}, "annotations": ASKS},
    "spec": {"containers": [{"name": "web", "image": "web:1"}]},
}
INSTRUMENTATION = {
    "apiVersion": "opentelemetry.io/v1alpha1",
    "kind": "Instrumentation",
    "metadata": {"name": "sdk"},
    "spec": {"exporter": {"endpoint": "http://agent:4318"}, "sampler": {"type": "always_on"}},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"replicas": OWNED, "selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE},
}


def explained(apiserver: ApiServer, namespace: str, pod: str) -> str:
    command = [
        sys.executable,
        "-m",
        "otel_operator",
        "explain",
        "pod",
        pod,
        "-n",
        namespace,
        f"--kubeconfig={apiserver.kubeconfig}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def injected(pod: dict[str, Any]) -> bool:
    return any(container["name"] == AGENT for container in pod["spec"].get("initContainers", []))


@pytest.mark.timeout(300)
async def test_a_replica_killed_in_a_burst_keeps_no_pod_from_starting_and_every_pod_without_injection_is_found(
    apiserver: ApiServer, kubectl: Any, shop: str, tmp_path: Path
) -> None:
    assert kubectl.apply(shop, INSTRUMENTATION).returncode == 0
    client = KubeClient(await connect(str(apiserver.kubeconfig)), retry=ONCE)
    ports = free_ports(2)
    with ExitStack() as stack:
        # Both have read the Instrumentation before they are ready.
        replicas = []
        for port in ports:
            folder = tmp_path / str(port)
            folder.mkdir()
            replicas.append(stack.enter_context(replica(apiserver, kubectl, folder, port)))
        relay = stack.enter_context(Relay(*ports))
        stack.enter_context(pods_asked_at(kubectl, relay.port))

        def asked_here() -> bool:
            probe = {"apiVersion": "v1", "kind": "Pod", **TEMPLATE, "metadata": {**TEMPLATE["metadata"], "name": "probe"}}
            done = kubectl("create", "-n", shop, "-o", "json", "--dry-run=server", "-f", "-", stdin=json.dumps(probe))
            return relay.sent > 0 and done.returncode == 0 and injected(json.loads(done.stdout))

        await asyncio.to_thread(wait_until, "the API server asks through the relay", asked_here, seconds=SECONDS)
        assert kubectl.apply(shop, DEPLOYMENT).returncode == 0
        numbers = iter(range(BARE))

        async def create() -> None:
            for number in numbers:
                metadata = {"name": f"bare-{number}", "annotations": ASKS}
                await client.request(
                    "POST", POD.path(shop), {}, {"apiVersion": "v1", "kind": "Pod", **TEMPLATE, "metadata": metadata}
                )
                if number == KILL_AFTER:
                    await asyncio.to_thread(replicas[0].kill)

        # An ApiError of any request, which is a pod refused, ends the test.
        await asyncio.gather(*(create() for _ in range(LANES)))

        def pods_there() -> list[Any]:
            items: list[Any] = json.loads(kubectl("get", "pods", "-n", shop, "-o", "json").stdout)["items"]
            return items

        def all_there() -> bool:
            return len(pods_there()) >= BARE + OWNED

        await asyncio.to_thread(wait_until, "all pods", all_there, seconds=SECONDS)
        pods = await asyncio.to_thread(pods_there)
        await client.close()

        assert len(pods) == BARE + OWNED
        events = json.loads(kubectl("get", "events", "-n", shop, "-o", "json").stdout)["items"]
        assert [event["message"] for event in events if event["reason"] == "FailedCreate"] == []
        # Whatever has the agent has the record, and the other way round.
        without = [pod for pod in pods if not injected(pod)]
        assert {name(pod) for pod in without} == {name(pod) for pod in pods if INJECTED not in pod["metadata"].get("labels", {})}
        assert len(without) < len(pods) // 2

        # What the manager looks at to restart what missed its injection.
        missed, due = missed_and_due(without, kubectl.get(shop, "instrumentation", "sdk"))
        assert sum(one.pods for one in missed) == len(without)
        found = sum(one.pods for one in due)
        owned = [pod for pod in without if pod["metadata"].get("ownerReferences")]
        assert found == len(owned)
        bare = [pod for pod in without if not pod["metadata"].get("ownerReferences")]
        for pod in bare[:2]:
            text = await asyncio.to_thread(explained, apiserver, shop, name(pod))
            assert "see whether the webhook's pods are ready; then create the pod anew" in text
        print(f"of {len(pods)} pods {len(without)} missed their injection: {len(owned)} of the Deployment, {len(bare)} bare")


def name(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["name"])
