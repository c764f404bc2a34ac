"""The DaemonSet of a collector in mode daemonset."""

from otel_operator.components.collector_config import spec_of
from otel_operator.json_types import JsonObject
from otel_operator.kinds import DAEMONSET
from otel_operator.resources.metadata import present
from otel_operator.resources.workload import workload
from otel_operator.settings import Settings


def daemonset(collector: JsonObject, settings: Settings) -> JsonObject:
    """Build the DaemonSet."""
    return workload(DAEMONSET, collector, settings, present(updateStrategy=spec_of(collector).get("daemonSetUpdateStrategy")))
