"""The StatefulSet of a collector in mode statefulset."""

from otel_operator import naming
from otel_operator.components.collector_config import spec_of
from otel_operator.json_types import JsonObject
from otel_operator.kinds import STATEFULSET
from otel_operator.resources.metadata import present
from otel_operator.resources.workload import replicas, workload
from otel_operator.settings import Settings


def statefulset(collector: JsonObject, settings: Settings) -> JsonObject:
    """Build the StatefulSet; pods come and go together unless the user asks for order."""
    spec = spec_of(collector)
    return workload(
        STATEFULSET,
        collector,
        settings,
        {
            "replicas": replicas(collector),
            "serviceName": spec.get("serviceName") or naming.headless_service(collector["metadata"]["name"]),
            "podManagementPolicy": spec.get("podManagementPolicy") or "Parallel",
            **present(
                volumeClaimTemplates=spec.get("volumeClaimTemplates"),
                persistentVolumeClaimRetentionPolicy=spec.get("persistentVolumeClaimRetentionPolicy"),
            ),
        },
    )
