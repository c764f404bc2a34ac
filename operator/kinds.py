"""The static table of API kinds that the operator touches (group, version, plural); no discovery is needed at run time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A Kubernetes API kind with all that a REST path needs."""

    group: str
    """Empty for core/v1."""
    version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for core."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """REST path of the collection or of one object; `namespace=None` means all namespaces."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return root + scope + "".join(f"/{part}" for part in (self.plural, name, subresource) if part)


COLLECTOR = Kind("opentelemetry.io", "v1beta1", "OpenTelemetryCollector", "opentelemetrycollectors")
INSTRUMENTATION = Kind("opentelemetry.io", "v1alpha1", "Instrumentation", "instrumentations")

DEPLOYMENT = Kind("apps", "v1", "Deployment", "deployments")
DAEMONSET = Kind("apps", "v1", "DaemonSet", "daemonsets")
STATEFULSET = Kind("apps", "v1", "StatefulSet", "statefulsets")
CONFIGMAP = Kind("", "v1", "ConfigMap", "configmaps")
SERVICE_ACCOUNT = Kind("", "v1", "ServiceAccount", "serviceaccounts")
SERVICE = Kind("", "v1", "Service", "services")
SECRET = Kind("", "v1", "Secret", "secrets")
POD = Kind("", "v1", "Pod", "pods")
NAMESPACE = Kind("", "v1", "Namespace", "namespaces", namespaced=False)
REPLICASET = Kind("apps", "v1", "ReplicaSet", "replicasets")
JOB = Kind("batch", "v1", "Job", "jobs")
DISRUPTION_BUDGET = Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
EVENT = Kind("events.k8s.io", "v1", "Event", "events")
LEASE = Kind("coordination.k8s.io", "v1", "Lease", "leases")
CRD = Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False)
MUTATING_WEBHOOK = Kind(
    "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", False
)
VALIDATING_WEBHOOK = Kind(
    "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", False
)

OWNED = (DEPLOYMENT, DAEMONSET, STATEFULSET, CONFIGMAP, SERVICE_ACCOUNT, SERVICE)
"""Kinds of children that the manager writes, watches (by label) and prunes."""

BY_API_VERSION = {
    (k.api_version, k.kind): k
    for k in (
        COLLECTOR,
        INSTRUMENTATION,
        SECRET,
        POD,
        NAMESPACE,
        REPLICASET,
        JOB,
        EVENT,
        LEASE,
        CRD,
        MUTATING_WEBHOOK,
        VALIDATING_WEBHOOK,
        *OWNED,
    )
}


def kind_of(obj: dict[str, object]) -> Kind:
    """Return the kind of a Kubernetes object; KeyError for one that is not in the table."""
    return BY_API_VERSION[(str(obj["apiVersion"]), str(obj["kind"]))]
