"""The configuration of the web servers' module: its attributes by name (spec: instrumentation §3.6, §3.7)."""

import re

from otel_operator.components.collector_config import mapping
from otel_operator.inject.instrumentation.env import variables_of
from otel_operator.inject.instrumentation.job import Job
from otel_operator.inject.instrumentation.resource_attributes import attributes_of
from otel_operator.inject.instrumentation.service_name import service_name
from otel_operator.json_types import JsonObject

INSTANCE_PLACEHOLDER = "<<SID-PLACEHOLDER>>"
"""Replaced by the pod's name in the pod, since it is not known at admission."""
_DEFAULT_ENDPOINT = "http://localhost:4317/"
_PLAIN = re.compile(r"[^\s\"'\\;{}#]+")


def module_attributes(job: Job, container: JsonObject, prefix: str) -> dict[str, str]:
    """Return the attributes, sorted, each name with `prefix`; those of the Instrumentation's `attrs` win and stand as written."""
    use_labels = mapping(job.choice.spec.get("defaults")).get("useLabelsForResourceAttributes") is True
    attributes = attributes_of(job.subject, container, job.choice.spec)
    name = service_name(job.subject, container, attributes, use_labels=use_labels)
    endpoint = mapping(job.choice.spec.get("exporter")).get("endpoint") or _DEFAULT_ENDPOINT
    own = {
        "Enabled": "ON",
        "OtelExporterEndpoint": argument(str(endpoint)),
        "OtelSpanExporter": "otlp",
        "ResolveBackends": "ON",
        "ServiceInstanceId": INSTANCE_PLACEHOLDER,
        "ServiceName": argument(name),
        "ServiceNamespace": argument(_namespace(job)),
        "TraceAsError": "ON",
    }
    named = {f"{prefix}{key}": value for key, value in own.items()}
    named |= _given(job.settings.get("attrs"))
    return dict(sorted(named.items()))


def argument(text: str) -> str:
    """Return `text` as one argument of a directive: in quotes where blanks or the like would end it."""
    if _PLAIN.fullmatch(text):
        return text
    escaped = re.sub(r"\s", " ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _namespace(job: Job) -> str:
    return str(mapping(job.subject.pod.get("metadata")).get("namespace") or job.subject.namespace or job.language.feature)


def _given(attributes: object) -> dict[str, str]:
    return {variable["name"]: str(variable.get("value") or "") for variable in variables_of(attributes)}
