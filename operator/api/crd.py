"""The CustomResourceDefinitions, built from the models."""

from functools import cache
from typing import Any

from otel_operator.api.collector import OpenTelemetryCollector
from otel_operator.api.collector_v1alpha1 import OpenTelemetryCollectorV1Alpha1
from otel_operator.api.group import CONVERT_PATH, GROUP, V1ALPHA1_WARNING, WEBHOOK_NAMESPACE, WEBHOOK_SERVICE
from otel_operator.api.instrumentation import Instrumentation
from otel_operator.api.model import ApiModel
from otel_operator.api.schema import schema_of
from otel_operator.api.version_gaps import LACKING_POD_FIELDS
from otel_operator.json_types import JsonObject

MODELS: list[type[ApiModel]] = [OpenTelemetryCollector, OpenTelemetryCollectorV1Alpha1, Instrumentation]
_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
_COLLECTOR_COLUMNS: list[JsonObject] = [
    {"name": "Mode", "type": "string", "jsonPath": ".spec.mode", "description": "Deployment Mode"},
    {"name": "Version", "type": "string", "jsonPath": ".status.version", "description": "OpenTelemetry Version"},
    {"name": "Ready", "type": "string", "jsonPath": ".status.scale.statusReplicas"},
    _AGE,
    {"name": "Image", "type": "string", "jsonPath": ".status.image"},
    {"name": "Management", "type": "string", "jsonPath": ".spec.managementState", "description": "Management State"},
]
_INSTRUMENTATION_COLUMNS: list[JsonObject] = [
    _AGE,
    {"name": "Endpoint", "type": "string", "jsonPath": ".spec.exporter.endpoint"},
    {"name": "Sampler", "type": "string", "jsonPath": ".spec.sampler.type"},
    {"name": "Sampler Arg", "type": "string", "jsonPath": ".spec.sampler.argument"},
    {"name": "Pods", "type": "integer", "jsonPath": ".status.injection.pods"},
    {"name": "Outdated", "type": "integer", "jsonPath": ".status.injection.outdatedPods"},
]
_SCALE = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.scale.replicas",
    "labelSelectorPath": ".status.scale.selector",
}
_NOT_IN_SIDECAR = {
    "tolerations": "!has(self.tolerations) || size(self.tolerations) == 0",
    "priorityClassName": "!has(self.priorityClassName) || self.priorityClassName == ''",
    "affinity": "!has(self.affinity)",
    "additionalContainers": "!has(self.additionalContainers) || size(self.additionalContainers) == 0",
}


def build_crds() -> list[JsonObject]:
    """Return both definitions, deterministically."""
    return [_collectors(), _instrumentations()]


@cache
def served_schemas() -> dict[tuple[str, str], JsonObject]:
    """Return the OpenAPI schema of each apiVersion and kind that the definitions serve; read-only."""
    return {
        (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]): version["schema"]["openAPIV3Schema"]
        for crd in build_crds()
        for version in crd["spec"]["versions"]
    }


def _collectors() -> JsonObject:
    beta = _version("v1beta1", OpenTelemetryCollector, _COLLECTOR_COLUMNS, scale=True)
    _properties(beta)["spec"]["x-kubernetes-validations"] = [
        {
            "rule": f"!has(self.mode) || self.mode != 'sidecar' || {allowed}",
            "message": f"the OpenTelemetry Collector mode is set to sidecar, which does not support the attribute '{field}'",
        }
        for field, allowed in _NOT_IN_SIDECAR.items()
    ]
    alpha = _version("v1alpha1", OpenTelemetryCollectorV1Alpha1, _COLLECTOR_COLUMNS, scale=True, storage=False)
    alpha |= {"deprecated": True, "deprecationWarning": V1ALPHA1_WARNING}
    spec = _properties(alpha)["spec"]
    spec["properties"] = {name: schema for name, schema in spec["properties"].items() if name not in LACKING_POD_FIELDS}
    crd = _crd("OpenTelemetryCollector", ["otelcol", "otelcols"], [alpha, beta])
    service = {"namespace": WEBHOOK_NAMESPACE, "name": WEBHOOK_SERVICE, "path": CONVERT_PATH, "port": 443}
    crd["spec"]["conversion"] = {
        "strategy": "Webhook",
        "webhook": {"clientConfig": {"service": service}, "conversionReviewVersions": ["v1"]},
    }
    return crd


def _instrumentations() -> JsonObject:
    version = _version("v1alpha1", Instrumentation, _INSTRUMENTATION_COLUMNS, scale=False)
    return _crd("Instrumentation", ["otelinst", "otelinsts"], [version])


def _version(name: str, model: type[ApiModel], columns: list[JsonObject], *, scale: bool, storage: bool = True) -> JsonObject:
    subresources: JsonObject = {"status": {}}
    if scale:
        subresources["scale"] = _SCALE
    return {
        "name": name,
        "served": True,
        "storage": storage,
        "additionalPrinterColumns": columns,
        "subresources": subresources,
        "schema": {"openAPIV3Schema": _object_schema(model)},
    }


def _object_schema(model: type[ApiModel]) -> JsonObject:
    schema = schema_of(model)
    schema["properties"] = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        **schema["properties"],
    }
    return {"description": (model.__doc__ or "").strip(), **schema}


def _properties(version: JsonObject) -> Any:
    return version["schema"]["openAPIV3Schema"]["properties"]


def _crd(kind: str, short_names: list[str], versions: list[JsonObject]) -> JsonObject:
    singular = kind.lower()
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{singular}s.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": f"{singular}s",
                "shortNames": short_names,
                "singular": singular,
            },
            "scope": "Namespaced",
            "versions": versions,
        },
    }
