"""What keeps pods from existing is in the collector's status."""

from collections.abc import Callable
from typing import Any

import pytest

Builder = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]


@pytest.mark.parametrize("mode", ["deployment", "statefulset"])
def test_a_quota_that_refuses_pods_is_the_reason(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually, mode: str
) -> None:
    cluster.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}})
    cluster.apply(collector("x", mode=mode))
    eventually(lambda: "quota" in cluster.condition("x", "Available").get("message", ""), 60)
    assert cluster.condition("x", "Available")["reason"] == "PodsFailing"
