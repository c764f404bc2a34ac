"""OpenTelemetryCollector v1beta1, the stored version."""

from typing import Annotated, Any

from otel_operator.api.model import (
    ATOMIC,
    ApiModel,
    Count,
    Embedded,
    Flag,
    FreeForm,
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
from otel_operator.api.pod_fields import ObservabilitySpec, PodDisruptionBudgetSpec, PodFields, StatefulFields

FILTER_STRATEGIES = ("", "relabel-config")
_PRESERVE = {"x-kubernetes-preserve-unknown-fields": True}
_CONDITIONS = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}
Mode = Annotated[str | None, Schema({"enum": ["daemonset", "deployment", "sidecar", "statefulset"]})]
UpgradeStrategy = Annotated[str | None, Schema({"enum": ["automatic", "none"]})]


class PipelineConfig(ApiModel):
    """One pipeline."""

    receivers: Annotated[list[str] | None, Required()] = described("Ids of receivers and connectors.")
    processors: Texts = described("Ids of processors, in order.")
    exporters: Annotated[list[str] | None, Required()] = described("Ids of exporters and connectors.")


class ServiceConfig(ApiModel):
    """Which components run, and how they are joined."""

    extensions: Texts = described("Ids of extensions.")
    telemetry: FreeForm = described("The collector's own telemetry.")
    pipelines: Annotated[dict[str, Annotated[PipelineConfig, Schema(_PRESERVE)]] | None, Required(), Schema(_PRESERVE)] = (
        described("Pipelines by id.")
    )


class CollectorConfig(ApiModel):
    """The collector's configuration."""

    receivers: Annotated[dict[str, Any] | None, Required(), Schema(_PRESERVE)] = described("Receivers by id.")
    exporters: Annotated[dict[str, Any] | None, Required(), Schema(_PRESERVE)] = described("Exporters by id.")
    processors: FreeForm = described("Processors by id.")
    connectors: FreeForm = described("Connectors by id.")
    extensions: FreeForm = described("Extensions by id.")
    service: Annotated[ServiceConfig | None, Required(), Schema(_PRESERVE)] = described("Extensions, telemetry and pipelines.")


class MetricSpec(ApiModel):
    """A pod metric that the autoscaler watches."""

    type: Annotated[str | None, Required()] = described("Pods.")
    pods: Annotated[Obj, Embedded("io.k8s.api.autoscaling.v2.PodsMetricSource")] = described("The metric and its target.")


class AutoscalerSpec(ApiModel):
    """A HorizontalPodAutoscaler for the collector."""

    min_replicas: Count = described("Fewest pods.")
    max_replicas: Count = described("Most pods.")
    behavior: Annotated[Obj, Embedded("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior")] = described(
        "Scaling policies."
    )
    metrics: Annotated[list[MetricSpec] | None, Schema()] = described("Further metrics.")
    target_cpu_utilization: Annotated[int | None, Schema({"format": "int32", "minimum": 1})] = described(
        "Average CPU use in percent of the request.", alias="targetCPUUtilization"
    )
    target_memory_utilization: Count = described("Average memory use in percent of the request.")


class RouteSpec(ApiModel):
    """An OpenShift Route."""

    termination: Annotated[str | None, Schema({"enum": ["insecure", "edge", "passthrough", "reencrypt"]})] = described(
        "TLS termination."
    )


class IngressSpec(ApiModel):
    """How the receivers are reached from outside."""

    type: Annotated[str | None, Schema({"enum": ["ingress", "route"]})] = described("Kind of object to make.")
    rule_type: Annotated[str | None, Schema({"enum": ["path", "subdomain"]})] = described("What tells the ports apart.")
    hostname: Text = described("Host name.")
    annotations: StringMap = described("Annotations of the Ingress.")
    tls: Annotated[Objs, Embedded("io.k8s.api.networking.v1.IngressTLS")] = described("TLS of the Ingress.")
    ingress_class_name: Text = described("Ingress class.")
    route: RouteSpec | None = described("Settings of the Route.")


class HttpRouteSpec(ApiModel):
    """A Gateway API HTTPRoute."""

    enabled: Annotated[bool | None, Required()] = described("Make an HTTPRoute.")
    gateway: Annotated[str | None, Required()] = described("Name of the Gateway.")
    gateway_namespace: Text = described("Namespace of the Gateway.")
    hostnames: Texts = described("Host names.")


class NetworkPolicySpec(ApiModel):
    """A NetworkPolicy for the pods."""

    enabled: Flag = described("Make a NetworkPolicy.")


class TimingProbe(ApiModel):
    """Timing of a probe; its handler comes from the health_check extension."""

    initial_delay_seconds: Annotated[int | None, Schema({"format": "int32", "minimum": 0})] = described(
        "Seconds before the first probe."
    )
    timeout_seconds: Count = described("Seconds until a probe counts as failed.")
    period_seconds: Count = described("Seconds between probes.")
    success_threshold: Count = described("Successes in a row that count as one.")
    failure_threshold: Count = described("Failures in a row that count as one.")
    termination_grace_period_seconds: Annotated[int | None, Schema({"format": "int64", "minimum": 1})] = described(
        "Seconds to stop."
    )


class ConfigMapMount(ApiModel):
    """A ConfigMap mounted below /var/conf."""

    name: Annotated[str | None, Required()] = described("Name of the ConfigMap.")
    mountpath: Annotated[str | None, Required()] = described("Folder below /var/conf.")


class CollectorSpec(PodFields, StatefulFields):
    """What the user asks for."""

    mode: Mode = described("How the collector runs.")
    upgrade_strategy: UpgradeStrategy = described("Whether operator upgrades change this resource.")
    config: Annotated[CollectorConfig | None, Required(), Schema(_PRESERVE)] = described("The collector's configuration.")
    config_versions: Annotated[int | None, Schema({"minimum": 1, "default": 3})] = described("Older ConfigMaps to keep.")
    autoscaler: AutoscalerSpec | None = described("Autoscaling.")
    target_allocator: "TargetAllocatorEmbedded | None" = described("A target allocator for the prometheus receiver.")
    ingress: IngressSpec | None = described("Reachability from outside.")
    http_route: HttpRouteSpec | None = described("Reachability through a Gateway.")
    network_policy: NetworkPolicySpec | None = described("NetworkPolicy of the pods.")
    liveness_probe: TimingProbe | None = described("Timing of the liveness probe.")
    readiness_probe: TimingProbe | None = described("Timing of the readiness probe.")
    startup_probe: TimingProbe | None = described("Timing of the startup probe.")
    observability: ObservabilitySpec | None = described("Observability of the collector itself.")
    configmaps: Annotated[list[ConfigMapMount] | None, Schema()] = described("ConfigMaps to mount.")
    daemon_set_update_strategy: Annotated[Obj, Embedded("io.k8s.api.apps.v1.DaemonSetUpdateStrategy")] = described(
        "DaemonSet updates."
    )
    deployment_update_strategy: Annotated[Obj, Embedded("io.k8s.api.apps.v1.DeploymentStrategy")] = described(
        "Deployment updates."
    )
    command: Annotated[list[str] | None, Schema({**ATOMIC, "minItems": 1})] = described("Entrypoint of the container.")


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
    pod_monitor_namespace_selector: Selector = described("Namespaces of PodMonitors.")
    service_monitor_namespace_selector: Selector = described("Namespaces of ServiceMonitors.")
    scrape_config_namespace_selector: Selector = described("Namespaces of ScrapeConfigs.")
    probe_namespace_selector: Selector = described("Namespaces of Probes.")


class KeyReference(ApiModel):
    """A key of a Secret or ConfigMap."""

    name: Annotated[str | None, Required(), Schema({"minLength": 1})] = described("Name of the object.")
    key: Annotated[str | None, Schema()] = described("Key in it.")


class CertificateAuthority(ApiModel):
    """Where the authority's certificate is."""

    secret: KeyReference | None = described("In a Secret.")
    config_map: KeyReference | None = described("In a ConfigMap.")


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


class ScaleStatus(ApiModel):
    """What the scale subresource shows."""

    selector: Text = described("Selector of the pods.")
    replicas: Int32 = described("Number of pods.")
    status_replicas: Text = described("Ready pods of all, such as 2/3.")


class CollectorStatus(ApiModel):
    """What the operator saw."""

    scale: ScaleStatus | None = described("Scale of the workload.")
    version: Text = described("Version of the operator that made the objects.")
    image: Text = described("Image of the collector container.")
    observed_generation: Annotated[int | None, Schema({"format": "int64"})] = described("Generation that this status speaks of.")
    conditions: Annotated[Objs, Embedded("io.k8s.apimachinery.pkg.apis.meta.v1.Condition"), Schema(_CONDITIONS)] = described(
        "Available, Progressing, ConfigValid, Ready."
    )


class OpenTelemetryCollector(ApiModel):
    """A collector and how it runs."""

    spec: CollectorSpec | None = described("What is wanted.")
    status: CollectorStatus | None = described("What is.")


CollectorSpec.model_rebuild()
