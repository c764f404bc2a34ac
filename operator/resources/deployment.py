"""The Deployment of a collector in mode deployment."""

from otel_operator.components.collector_config import spec_of
from otel_operator.json_types import JsonObject
from otel_operator.kinds import DEPLOYMENT
from otel_operator.resources.metadata import present
from otel_operator.resources.workload import replicas, workload
from otel_operator.settings import Settings


def deployment(collector: JsonObject, settings: Settings) -> JsonObject:
    """Build the Deployment."""
    strategy = spec_of(collector).get("deploymentUpdateStrategy")
    return workload(DEPLOYMENT, collector, settings, {"replicas": replicas(collector), **present(strategy=strategy)})
