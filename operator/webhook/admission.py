"""What the webhook decides for each kind; pure, on top of the rules in `api` and `components`."""

import json

from otel_operator.api.conversion import unparseable_config
from otel_operator.api.defaults import default_instrumentation, validate_instrumentation
from otel_operator.components.defaulting import default_collector
from otel_operator.components.validation import validate_collector
from otel_operator.json_types import JsonObject
from otel_operator.webhook.json_patch import json_patch
from otel_operator.webhook.review import AdmissionRequest, Answer

ALLOWED = Answer()


def _being_deleted(obj: JsonObject) -> bool:
    return bool((obj.get("metadata") or {}).get("deletionTimestamp"))
