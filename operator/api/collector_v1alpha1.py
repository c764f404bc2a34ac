"""OpenTelemetryCollector v1alpha1: the older, still served version. It lacks fields and holds the configuration as text."""

from typing import Annotated

from otel_operator.api.collector import (
    AutoscalerSpec,
    CollectorStatus,
    ConfigMapMount,
    IngressSpec,
    Mode,
    TimingProbe,
    UpgradeStrategy,
)
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
    StringMap,
    Text,
    described,
)
from otel_operator.api.pod_fields import PodDisruptionBudgetSpec, PodFields, PortSpec

_ANY_OBJECTS = {**ATOMIC, "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}


class MetricsSpecV1Alpha1(ApiModel):
    """Metrics of the collector itself."""

    enable_metrics: Flag = described("Make ServiceMonitors or PodMonitors.")
    disable_prometheus_annotations: Annotated[bool | None, Schema()] = described(
        "Leave the prometheus.io annotations off the pods.", alias="DisablePrometheusAnnotations"
    )


class ObservabilitySpecV1Alpha1(ApiModel):
    """Observability of the operand itself."""

    metrics: MetricsSpecV1Alpha1 | None = described("Metrics of the operand.")


class PrometheusCRV1Alpha1(ApiModel):
    """Which Prometheus custom resources the target allocator reads."""

    enabled: Flag = described("Read them.")
    scrape_interval: Annotated[str | None, Schema({"default": "30s", "format": "duration"})] = described(
        "Default scrape interval."
    )
    scrape_classes: Annotated[Objs, Schema(_ANY_OBJECTS)] = described("Scrape classes.")
    deny_fs_access_through_sms: Annotated[bool | None, Schema()] = described(
        "Refuse file system access through ServiceMonitors.", alias="denyFSAccessThroughSMs"
    )
    pod_monitor_selector: StringMap = described("Labels of the PodMonitors to read.")
    service_monitor_selector: StringMap = described("Labels of the ServiceMonitors to read.")


class TargetAllocatorV1Alpha1(ApiModel):
    """A target allocator made together with the collector."""

    enabled: Flag = described("Make a target allocator.")
    replicas: Int32 = described("Number of pods.")
    allocation_strategy: Annotated[
        str | None, Schema({"enum": ["least-weighted", "consistent-hashing", "per-node"], "default": "consistent-hashing"})
    ] = described("How targets are given to collectors.")
    filter_strategy: Annotated[str | None, Schema({"default": "relabel-config"})] = described("How targets are left out.")
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
    observability: ObservabilitySpecV1Alpha1 | None = described("Observability of the target allocator.")
    prometheus_cr: Annotated[PrometheusCRV1Alpha1 | None, Schema()] = described(
        "Prometheus resources to read.", alias="prometheusCR"
    )


class CollectorSpecV1Alpha1(PodFields):
    """What the user asks for; fields in `LACKING_POD_FIELDS` are not in this version's schema."""

    ports: Annotated[list[PortSpec] | None, Schema(ATOMIC)] = described("Ports besides those found in the configuration.")
    mode: Mode = described("How the collector runs.")
    upgrade_strategy: UpgradeStrategy = described("Whether operator upgrades change this resource.")
    config: Annotated[str | None, Required()] = described("The collector's configuration as YAML text.")
    min_replicas: Int32 = described("Deprecated: autoscaler.minReplicas.")
    max_replicas: Int32 = described("Deprecated: autoscaler.maxReplicas.")
    autoscaler: AutoscalerSpec | None = described("Autoscaling.")
    target_allocator: TargetAllocatorV1Alpha1 | None = described("A target allocator for the prometheus receiver.")
    ingress: IngressSpec | None = described("Reachability from outside.")
    liveness_probe: TimingProbe | None = described("Timing of the liveness probe.")
    observability: ObservabilitySpecV1Alpha1 | None = described("Observability of the collector itself.")
    configmaps: Annotated[list[ConfigMapMount] | None, Schema()] = described("ConfigMaps to mount.")
    update_strategy: Annotated[Obj, Embedded("io.k8s.api.apps.v1.DaemonSetUpdateStrategy")] = described("DaemonSet updates.")
    deployment_update_strategy: Annotated[Obj, Embedded("io.k8s.api.apps.v1.DeploymentStrategy")] = described(
        "Deployment updates."
    )
    volume_claim_templates: Annotated[Objs, Embedded("PersistentVolumeClaim"), Schema(ATOMIC)] = described(
        "Claims made for each pod."
    )


class CollectorStatusV1Alpha1(CollectorStatus):
    """What the operator saw; older fields are kept for readers that know them."""

    messages: Annotated[list[str] | None, Schema(ATOMIC)] = described("Deprecated: events.")
    replicas: Int32 = described("Deprecated: scale.replicas.")


class OpenTelemetryCollectorV1Alpha1(ApiModel):
    """A collector and how it runs."""

    spec: CollectorSpecV1Alpha1 | None = described("What is wanted.")
    status: CollectorStatusV1Alpha1 | None = described("What is.")
