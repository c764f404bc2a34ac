"""The target allocator that a collector brings along: which targets it reads, and how it is run."""

from typing import Annotated

from otel_operator.api.model import (
    ATOMIC,
    ApiModel,
    Embedded,
    Flag,
    Int32,
    Obj,
    Objs,
    Required,
    Schema,
    Selector,
    StringMap,
    Text,
    Texts,
    described,
)
from otel_operator.api.pod_fields import ObservabilitySpec, PodDisruptionBudgetSpec
from otel_operator.api.version_gaps import FILTER_STRATEGIES

_PRESERVE = {"x-kubernetes-preserve-unknown-fields": True}
NamespaceSelector = Annotated[Selector, Schema({"default": {}})]


class PrometheusCR(ApiModel):
    """Which Prometheus custom resources the target allocator reads."""

    enabled: Flag = described("Read them.")
    allow_namespaces: Texts = described("Namespaces to read.")
    deny_namespaces: Texts = described("Namespaces not to read.")
    secret_namespaces: Texts = described("Namespaces whose Secrets may be read.")
    deny_fs_access_through_sms: Annotated[bool | None, Schema()] = described(
        "Refuse file system access through ServiceMonitors.", alias="denyFSAccessThroughSMs"
    )
    scrape_interval: Annotated[str | None, Schema({"default": "30s", "format": "duration"})] = described(
        "Default scrape interval."
    )
    evaluation_interval: Annotated[str | None, Schema({"default": "30s", "format": "duration"})] = described(
        "Evaluation interval."
    )
    scrape_protocols: Texts = described("Scrape protocols, in order of preference.")
    scrape_classes: Annotated[Objs, Schema({**ATOMIC, "items": {"type": "object", **_PRESERVE}})] = described("Scrape classes.")
    pod_monitor_selector: Selector = described("PodMonitors to read; absent selects none.")
    service_monitor_selector: Selector = described("ServiceMonitors to read; absent selects none.")
    scrape_config_selector: Selector = described("ScrapeConfigs to read; absent selects none.")
    probe_selector: Selector = described("Probes to read; absent selects none.")
    pod_monitor_namespace_selector: NamespaceSelector = described("Namespaces of PodMonitors; {} is all.")
    service_monitor_namespace_selector: NamespaceSelector = described("Namespaces of ServiceMonitors; {} is all.")
    scrape_config_namespace_selector: NamespaceSelector = described("Namespaces of ScrapeConfigs; {} is all.")
    probe_namespace_selector: NamespaceSelector = described("Namespaces of Probes; {} is all.")


class KeyReference(ApiModel):
    """A key of a Secret or ConfigMap."""

    name: Annotated[str | None, Required(), Schema({"minLength": 1})] = described("Name of the object.")
    key: Annotated[str | None, Schema()] = described("Key in it.")


class ConfigMapKeyReference(KeyReference):
    """A key of a ConfigMap."""

    key: Annotated[str | None, Schema({"default": "ca.crt"})] = described("Key in it.")


class CertificateAuthority(ApiModel):
    """Where the authority's certificate is."""

    secret: KeyReference | None = described("In a Secret.")
    config_map: ConfigMapKeyReference | None = described("In a ConfigMap.")


class CertificatePair(ApiModel):
    """Where a certificate and its key are."""

    certificate_secret: Annotated[KeyReference | None, Required()] = described("The certificate.")
    key_secret: Annotated[KeyReference | None, Required()] = described("The key.")


class MutualTlsFiles(ApiModel):
    """Certificates that the user brings."""

    certificate_authority_certificate: CertificateAuthority | None = described("Certificate of the authority.")
    server_certificate: CertificatePair | None = described("Certificate of the target allocator.")
    client_certificate: CertificatePair | None = described("Certificate of the collector.")


class MutualTls(ApiModel):
    """mTLS between collector and target allocator."""

    enabled: Flag = described("Use mTLS.")
    use_cert_manager: Annotated[bool | None, Schema({"default": True})] = described("Have cert-manager make the certificates.")
    tls: MutualTlsFiles | None = described("Certificates to use instead.")


class TargetAllocatorEmbedded(ApiModel):
    """A target allocator made together with the collector."""

    enabled: Flag = described("Make a target allocator.")
    replicas: Int32 = described("Number of pods.")
    allocation_strategy: Annotated[
        str | None, Schema({"enum": ["least-weighted", "consistent-hashing", "per-node"], "default": "consistent-hashing"})
    ] = described("How targets are given to collectors.")
    filter_strategy: Annotated[str | None, Schema({"enum": list(FILTER_STRATEGIES), "default": "relabel-config"})] = described(
        "How targets are left out."
    )
    service_account: Text = described("ServiceAccount to use.")
    image: Text = described("Container image.")
    node_selector: StringMap = described("Labels that a node must have.")
    resources: Annotated[Obj, Embedded("ResourceRequirements")] = described("Resources of the container.")
    affinity: Annotated[Obj, Embedded("Affinity")] = described("Where the scheduler may place the pods.")
    tolerations: Annotated[Objs, Embedded("Toleration")] = described("Taints that the pods tolerate.")
    topology_spread_constraints: Annotated[Objs, Embedded("TopologySpreadConstraint")] = described("How pods spread.")
    env: Annotated[Objs, Embedded("EnvVar")] = described("Environment of the container.")
    security_context: Annotated[Obj, Embedded("SecurityContext")] = described("Security context of the container.")
    pod_security_context: Annotated[Obj, Embedded("PodSecurityContext")] = described("Security context of the pods.")
    pod_disruption_budget: PodDisruptionBudgetSpec | None = described("Budget for voluntary disruptions.")
    observability: ObservabilitySpec | None = described("Observability of the target allocator.")
    allow_insecure_auth_secrets: Flag = described("Send secrets without mTLS.")
    collector_not_ready_grace_period: Annotated[str | None, Schema({"default": "30s", "format": "duration"})] = described(
        "How long a collector that is not ready keeps its targets."
    )
    collector_target_reload_interval: Annotated[str | None, Schema({"default": "30s", "format": "duration"})] = described(
        "How often collectors ask for targets."
    )
    mtls: MutualTls | None = described("mTLS with the collectors.")
    prometheus_cr: Annotated[PrometheusCR | None, Schema()] = described("Prometheus resources to read.", alias="prometheusCR")
