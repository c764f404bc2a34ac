"""Fields that are accepted, and kept, but that this version does not act on. Users are told so at admission."""

from collections.abc import Iterator

from otel_operator.api.finding import Finding, Path, Rule, at
from otel_operator.components.collector_config import (
    EXPORTERS,
    EXTENSIONS,
    PROCESSORS,
    RECEIVERS,
    RESOURCE_DETECTION,
    component_type,
    config_of,
    enabled,
    mapping,
    sequence,
    spec_of,
)
from otel_operator.components.registry import CLUSTER_READERS, LOAD_BALANCERS
from otel_operator.json_types import JsonObject
from otel_operator.naming import service_account

TARGET_ALLOCATOR_LABEL = "opentelemetry.io/target-allocator"
_DETECTORS_THAT_READ = frozenset({"k8snode", "k8s_api", "kubeadm", "openshift"})
_KUBERNETES_DISCOVERY = "kubernetes_sd_configs"
_NOT_ACTED_ON = "accepted but not acted on yet; this version builds no object for it"


def unbuilt_warnings(collector: JsonObject) -> Iterator[Finding]:
    """Name each field in use that has no effect yet, and permissions that the user has to grant."""
    for path in _paths(collector):
        yield at(Rule.NOT_ACTED_ON, path, _NOT_ACTED_ON)
    if TARGET_ALLOCATOR_LABEL in mapping(mapping(collector.get("metadata")).get("labels")):
        label = ("metadata", "labels", TARGET_ALLOCATOR_LABEL)
        yield Finding(Rule.NOT_ACTED_ON, label, f"metadata.labels[{TARGET_ALLOCATOR_LABEL}]: {_NOT_ACTED_ON}")
    if permissions := sorted(_cluster_readers(collector)):
        account = spec_of(collector).get("serviceAccount") or service_account(str(collector["metadata"]["name"]))
        yield at(
            Rule.PERMISSIONS,
            ("spec", "config"),
            f"{', '.join(permissions)} read the Kubernetes API, for which this version makes no ClusterRole; "
            f"bind one to the ServiceAccount {account}",
        )


def _paths(collector: JsonObject) -> Iterator[Path]:
    spec = spec_of(collector)
    if mapping(spec.get("targetAllocator")).get("enabled") is True:
        yield ("spec", "targetAllocator")
    if mapping(spec.get("ingress")).get("type"):
        yield ("spec", "ingress")
    if mapping(spec.get("httpRoute")).get("enabled") is True:
        yield ("spec", "httpRoute")
    if mapping(spec.get("networkPolicy")).get("enabled") is True:
        yield ("spec", "networkPolicy")
    if mapping(spec.get("autoscaler")).get("maxReplicas") is not None:
        yield ("spec", "autoscaler")
    if mapping(spec.get("podDisruptionBudget")):
        yield ("spec", "podDisruptionBudget")
    if mapping(mapping(spec.get("observability")).get("metrics")).get("enableMetrics") is True:
        yield ("spec", "observability", "metrics", "enableMetrics")


def _cluster_readers(collector: JsonObject) -> Iterator[str]:
    config = config_of(collector)
    for section in (RECEIVERS, PROCESSORS, EXTENSIONS):
        for component_id, raw in enabled(config, section):
            kind = component_type(component_id)
            detectors = sequence(mapping(raw).get("detectors")) if kind in RESOURCE_DETECTION else []
            reads = kind in CLUSTER_READERS or not _DETECTORS_THAT_READ.isdisjoint(d for d in detectors if isinstance(d, str))
            if reads or (section == RECEIVERS and kind == "prometheus" and _discovers_in_cluster(raw)):
                yield f"{section}.{component_id}"
    for component_id, raw in enabled(config, EXPORTERS):
        # Its k8s resolver watches EndpointSlices; the other resolvers need nothing.
        if component_type(component_id) in LOAD_BALANCERS and "k8s" in mapping(mapping(raw).get("resolver")):
            yield f"{EXPORTERS}.{component_id}"


def _discovers_in_cluster(raw: object) -> bool:
    """Whether a prometheus receiver asks the API server of the pod's own cluster for targets (get, list and watch)."""
    for job in sequence(mapping(mapping(raw).get("config")).get("scrape_configs")):
        for discovery in sequence(mapping(job).get(_KUBERNETES_DISCOVERY)):
            settings = mapping(discovery)
            if not settings.get("api_server") and not settings.get("kubeconfig_file"):
                return True
    return False
