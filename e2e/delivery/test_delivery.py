"""100,000 items a signal and protocol, through agent and gateway, arrive exactly once while the gateway rolls over."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from e2e.images.build import REGISTRY
from e2e.kubectl import Kubectl, wait_until
from e2e.product import pods_of

HERE = Path(__file__).parent
ITEMS = 100_000
PROTOCOLS = ("grpc", "http-protobuf", "http-json")
SIGNALS = ("traces", "metrics", "logs")


def sender_pod() -> dict[str, Any]:
    """The sender runs from the collector's image: it has Python and the OTLP messages."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "sender"},
        "spec": {
            "restartPolicy": "Never",
            "volumes": [{"name": "scripts", "configMap": {"name": "sender"}}],
            "containers": [
                {
                    "name": "sender",
                    "image": f"{REGISTRY}/collector:{version('otel-operator')}",
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python3", "/scripts/sender.py", "agent", str(ITEMS)],
                    "volumeMounts": [{"name": "scripts", "mountPath": "/scripts"}],
                }
            ],
        },
    }


def arrived(kubectl: Kubectl) -> dict[str, dict[str, list[int]]]:
    (pod,) = pods_of(kubectl, "sink")
    text = kubectl("exec", "--stdin", pod, "--", "python3", "-", "/data", stdin=(HERE / "counter.py").read_text(), timeout=300)
    seen: dict[str, dict[str, list[int]]] = json.loads(text)
    return seen


def total(kubectl: Kubectl) -> int:
    return sum(seen for per in arrived(kubectl).values() for seen, _ in per.values())


def roll_gateway(kubectl: Kubectl, number: int) -> None:
    patch = {"spec": {"podAnnotations": {"rolled": str(number)}}}
    kubectl("patch", "otelcol", "gateway", "--type=merge", f"--patch={json.dumps(patch)}")
    wait_until(
        "the gateway's new pod template",
        lambda: (
            kubectl.get("deployment", "gateway-collector")["spec"]["template"]["metadata"]["annotations"].get("rolled")
            == str(number)
        ),
        timeout=10,
    )
    kubectl("rollout", "status", "deployment/gateway-collector", "--timeout=120s", timeout=150)


def test_everything_sent_arrives_exactly_once_while_the_gateway_rolls_over(namespace: Kubectl) -> None:
    namespace.apply(HERE / "collectors.yaml")
    for name in ("sink", "gateway", "agent"):
        namespace("wait", "--for=condition=Available", f"otelcol/{name}", "--timeout=120s", timeout=150)
    namespace("create", "configmap", "sender", f"--from-file={HERE / 'sender.py'}")
    namespace.apply(sender_pod())
    wait_until("the sender's first words", lambda: "sent" in namespace("logs", "sender", check=False), timeout=60)
    rolled = 0
    while namespace.get("pod", "sender")["status"]["phase"] == "Running" and rolled < 5:
        rolled += 1
        roll_gateway(namespace, rolled)
    assert rolled >= 2, "the gateway must roll over while data flows"
    wait_until("the sender's end", lambda: namespace.get("pod", "sender")["status"]["phase"] != "Running", timeout=600, every=2)
    assert namespace.get("pod", "sender")["status"]["phase"] == "Succeeded", namespace("logs", "sender", "--tail=20")
    expected = ITEMS * len(PROTOCOLS) * len(SIGNALS)
    wait_until("everything at the sink", lambda: total(namespace) >= expected, timeout=120, every=5)
    assert arrived(namespace) == {signal: {protocol: [ITEMS, ITEMS] for protocol in PROTOCOLS} for signal in SIGNALS}
