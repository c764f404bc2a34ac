"""Two managers, one Lease; and an API server that goes away for a while."""

import signal
import time
from collections.abc import Callable
from typing import Any

Builder = Callable[..., dict[str, Any]]
Eventually = Callable[..., None]
LEASE = "9f7554c3.opentelemetry.io"
BURST = 50


def converged(cluster: Any, count: int) -> bool:
    deployments = cluster.names("deployment")
    collectors = cluster.get("otelcol")
    conditions = [c for live in collectors for c in (live.get("status") or {}).get("conditions", [])]
    ready = [c for c in conditions if c["type"] == "Ready" and c["status"] == "True"]
    return len(deployments) == count and len(ready) == count


def test_a_standby_takes_over_from_a_leader_killed_in_a_burst(
    cluster: Any, manager: Any, collector: Builder, eventually: Eventually, start_manager: Callable[[], Any]
) -> None:
    standby = start_manager()
    eventually(lambda: "standing by" in standby.log)
    assert "role=standby" in standby.page("/readyz")
    cluster.apply(*(collector(f"burst-{number:02d}") for number in range(BURST)))
    assert manager.stop(signal.SIGKILL) == -signal.SIGKILL
    eventually(lambda: "leading" in standby.log, 10)
    eventually(lambda: converged(cluster, BURST), 90)
    assert sorted(cluster.names("deployment")) == [f"burst-{number:02d}-collector" for number in range(BURST)]
    assert len(cluster.names("configmap")) == BURST
    assert "role=leader" in standby.page("/healthz")


def test_a_stopped_leader_leaves_quickly_and_hands_over(
    cluster: Any, manager: Any, eventually: Eventually, start_manager: Callable[[], Any]
) -> None:
    standby = start_manager()
    eventually(lambda: "standing by" in standby.log)
    start = time.monotonic()
    assert manager.stop() == 0
    assert time.monotonic() - start < 2.5
    eventually(lambda: "leading" in standby.log, 2)


def test_a_stopped_standby_leaves_at_once(
    cluster: Any, manager: Any, eventually: Eventually, start_manager: Callable[[], Any]
) -> None:
    standby = start_manager()
    eventually(lambda: "standing by" in standby.log)
    assert standby.stop() == 0
    assert manager.process.poll() is None


def test_a_leader_whose_lease_is_taken_ends(cluster: Any, manager: Any) -> None:
    cluster.kubectl("patch", "lease", LEASE, "--type=merge", "-p", '{"spec":{"holderIdentity":"another"}}')
    assert manager.process.wait(timeout=10) == 1


def test_everything_converges_after_the_api_server_restarts(
    cluster: Any, collector: Builder, eventually: Eventually, start_manager: Callable[[], Any]
) -> None:
    manager = start_manager()
    eventually(lambda: "cache filled" in manager.log)
    cluster.apply(*(collector(f"before-{number}") for number in range(3)))
    cluster.server.restart(kill=True)
    if manager.process.poll() is not None:
        manager = start_manager()  # it lost the Lease meanwhile; its Deployment would start it again
    cluster.apply(*(collector(f"after-{number}") for number in range(3)))
    eventually(lambda: converged(cluster, 6) or restarted(manager, start_manager), 60)
    eventually(lambda: converged(cluster, 6), 60)


def restarted(manager: Any, start_manager: Callable[[], Any]) -> bool:
    """Start another manager if this one has ended, as its Deployment would."""
    if manager.process.poll() is None:
        return False
    start_manager()
    return True
