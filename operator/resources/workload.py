"""What the three kinds of workload have in common."""

from otel_operator import naming
from otel_operator.components.collector_config import mapping, spec_of
from otel_operator.json_types import JsonObject
from otel_operator.kinds import Kind
from otel_operator.labels import selector_labels
from otel_operator.resources.metadata import annotations_of, child, labels_of
from otel_operator.resources.pod_template import pod_template
from otel_operator.settings import Settings


def workload(kind: Kind, collector: JsonObject, settings: Settings, spec: JsonObject) -> JsonObject:
    """Build a workload of `kind` with the selector, the pod template and the fields of `spec`."""
    name = naming.collector(collector["metadata"]["name"])
    labels = labels_of(collector, name, settings, filtered=True)
    obj = child(kind, collector, name, labels, annotations_of(collector, settings))
    selector = {"matchLabels": selector_labels(collector)}
    return {**obj, "spec": {"selector": selector, **spec, "template": pod_template(collector, settings)}}


def replicas(collector: JsonObject) -> int:
    """Return the number of pods: `spec.replicas`, which an autoscaler writes, but never less than its minimum."""
    spec = spec_of(collector)
    wanted = spec.get("replicas")
    count = wanted if isinstance(wanted, int) else 1
    least = mapping(spec.get("autoscaler")).get("minReplicas")
    return max(least, count) if isinstance(least, int) else count
