"""A node that exists on paper only: kwok answers for it, so that pods become Ready without anything running."""

from __future__ import annotations

import json
from pathlib import Path

NODE = "fake-0"
STAGES = Path(__file__).with_name("fake_node_stages.yaml")
_CAPACITY = {"cpu": "64", "memory": "256Gi", "pods": "500", "ephemeral-storage": "1Ti"}


def fake_node_object(name: str = NODE) -> dict[str, object]:
    """Return the Node; its annotation is what kwok looks for."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "type": "kwok",
            },
        },
        "status": {"capacity": _CAPACITY, "allocatable": _CAPACITY},
    }


def fake_node_json() -> str:
    """Return the Node as text for ``kubectl apply -f -``."""
    return json.dumps(fake_node_object())


def kwok_arguments(kubeconfig: Path) -> list[str]:
    """Return kwok's flags: it manages the annotated nodes only and needs no port and no lease of its own."""
    return [
        f"--kubeconfig={kubeconfig}",
        # Named, so that a configuration in the home folder of whoever runs the tests does not matter.
        f"--config={STAGES}",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
        "--node-lease-duration-seconds=40",
    ]


def is_ready(node: bytes) -> bool:
    """Say whether a Node, as JSON from the API, has the condition Ready=True."""
    conditions = json.loads(node).get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
