from __future__ import annotations

import json

import yaml

from e2e.cluster.fake_node import STAGES, fake_node_object, is_ready


def test_the_fake_node_carries_the_annotation_that_kwok_selects_by() -> None:
    metadata = fake_node_object()["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["annotations"] == {"kwok.x-k8s.io/node": "fake"}


def test_readiness_is_the_ready_condition_and_nothing_else() -> None:
    conditions = [{"type": "DiskPressure", "status": "True"}, {"type": "Ready", "status": "False"}]
    assert not is_ready(json.dumps({"status": {"conditions": conditions}}).encode())
    assert not is_ready(b"{}")
    conditions[1]["status"] = "True"
    assert is_ready(json.dumps({"status": {"conditions": conditions}}).encode())


def test_stages_cover_the_life_of_node_and_pods() -> None:
    stages = list(yaml.safe_load_all(STAGES.read_text()))
    assert {stage["metadata"]["name"] for stage in stages} == {"node-ready", "pod-ready", "job-pod-succeeds", "pod-gone"}
