"""The reference has every metric that a manager at work shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from docs.website.reference.metrics import listed

ROOT = Path(__file__).resolve().parents[3]


def test_every_metric_that_a_manager_shows_is_in_the_reference(
    cluster: Any, collector: Callable[..., Any], eventually: Callable[..., None], start_manager: Callable[[], Any]
) -> None:
    cluster.apply(collector("x"))
    manager = start_manager()
    eventually(lambda: cluster.condition("x", "Ready").get("status") == "True")
    names = {line.split()[2] for line in manager.page("/metrics").splitlines() if line.startswith("# TYPE")}
    assert {"workqueue_depth", "rest_client_requests_total"} <= names
    pattern = listed((ROOT / "docs/reference/metrics.md").read_text())
    assert [name for name in sorted(names) if not pattern.fullmatch(name)] == []
