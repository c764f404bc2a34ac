"""The ServiceAccount that collector pods run under."""

from otel_operator import naming
from otel_operator.components.collector_config import spec_of
from otel_operator.json_types import JsonObject
from otel_operator.kinds import SERVICE_ACCOUNT
from otel_operator.resources.metadata import annotations_of, child, labels_of
from otel_operator.settings import Settings


def service_account_name(collector: JsonObject) -> str:
    """Return `spec.serviceAccount`, or the name of the account that is made where it is unset."""
    return str(spec_of(collector).get("serviceAccount") or naming.service_account(collector["metadata"]["name"]))


def service_account(collector: JsonObject, settings: Settings) -> JsonObject | None:
    """Build the ServiceAccount; None where the user brings one."""
    if spec_of(collector).get("serviceAccount"):
        return None
    name = naming.service_account(collector["metadata"]["name"])
    return child(SERVICE_ACCOUNT, collector, name, labels_of(collector, name, settings), annotations_of(collector, settings))
