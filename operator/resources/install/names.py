"""Names that the install manifest and the running programs must agree on."""

from dataclasses import dataclass

from otel_operator.api.group import CONVERT_PATH, WEBHOOK_NAMESPACE, WEBHOOK_SERVICE
from otel_operator.settings import REGISTRY
from otel_operator.version import VERSION

COLLECTOR_CRD = "opentelemetrycollectors.opentelemetry.io"
"""The CRD that has two served versions and so a conversion stanza."""
MANAGER_LEASE = "9f7554c3.opentelemetry.io"
"""The Go operator's name of the leader's Lease."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Where and as what the operator is installed; every default is the one of `manifests/opentelemetry-operator.yaml`."""

    image: str = f"{REGISTRY}/operator:{VERSION}"
    collector_image: str = ""
    """Image of collectors without `spec.image`; empty leaves it to the programs, whose default is of their own version."""
    namespace: str = WEBHOOK_NAMESPACE
    manager: str = "otel-operator-manager"
    """Name of the manager's Deployment, ServiceAccount, Role and ClusterRole."""
    webhook: str = WEBHOOK_SERVICE
    """Name of the webhook's Deployment, Service, ServiceAccount, Role and ClusterRole."""
    certificate_secret: str = "otel-operator-webhook-cert"  # noqa: S105 - the name of a Secret, not a secret
    mutating_configuration: str = "otel-operator-mutating"
    validating_configuration: str = "otel-operator-validating"
    replicas: int = 2


WEBHOOK_PORT = 9443
METRICS_PORT = 8080
PROBE_PORT = 8081

MUTATE_COLLECTOR = "/mutate-opentelemetry-io-v1beta1-opentelemetrycollector"
VALIDATE_COLLECTOR = "/validate-opentelemetry-io-v1beta1-opentelemetrycollector"
MUTATE_INSTRUMENTATION = "/mutate-opentelemetry-io-v1alpha1-instrumentation"
VALIDATE_INSTRUMENTATION = "/validate-opentelemetry-io-v1alpha1-instrumentation"
MUTATE_POD = "/mutate-v1-pod"
CONVERT = CONVERT_PATH
