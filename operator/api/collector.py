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
    StringMap,
    Text,
    Texts,
    described,
)
from otel_operator.api.pod_fields import ObservabilitySpec, PodFields, StatefulFields
from otel_operator.api.target_allocator import TargetAllocatorEmbedded

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
    target_allocator: TargetAllocatorEmbedded | None = described("A target allocator for the prometheus receiver.")
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
