"""The manager: one active, the others wait for its Lease."""

from otel_operator.json_types import JsonObject
from otel_operator.resources.install.names import METRICS_PORT, PROBE_PORT, Installation
from otel_operator.resources.install.workload import deployment


def manager(install: Installation) -> list[JsonObject]:
    """Build the manager's Deployment."""
    args = [
        "manager",
        "--enable-leader-election",
        f"--health-probe-addr=:{PROBE_PORT}",
        f"--metrics-addr=:{METRICS_PORT}",
    ]
    resources = {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "256Mi"}}
    return [deployment(install, install.manager, "manager", args, resources=resources)]
