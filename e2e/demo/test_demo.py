"""`make demo` on the scenarios' cluster: it prints a trace, and run again it continues where it was."""

from e2e.cluster.session import Cluster
from e2e.demo import steps
from e2e.kubectl import Kubectl


def test_demo_prints_a_trace_that_went_through_agent_and_gateway(cluster: Cluster, kubectl: Kubectl, installed: None) -> None:
    drawing = steps.run(kubectl, cluster.load)
    assert "GET /checkout" in drawing
    assert "charge card" in drawing


def test_demo_run_again_continues_where_it_was(cluster: Cluster, kubectl: Kubectl, installed: None) -> None:
    assert "GET /checkout" in steps.run(kubectl, cluster.load)
