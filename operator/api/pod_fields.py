"""Fields that every workload of this API group has: how its pods and Services are made."""

from typing import Annotated

from otel_operator.api.model import (
    ATOMIC,
    ApiModel,
    Embedded,
    Flag,
    Int32,
    IntOrString,
    Obj,
    Objs,
    Required,
    Schema,
    StringMap,
    Text,
    described,
)


class PortSpec(ApiModel):
    """A ServicePort that may also be a host port."""

    name: Text = described("Name of the port.")
    port: Annotated[int | None, Required(), Schema({"format": "int32"})] = described("Port of the Service and of the container.")
    protocol: Annotated[str | None, Schema({"default": "TCP"})] = described("TCP, UDP or SCTP.")
    target_port: IntOrString = described("Port or port name of the pod.")
    node_port: Int32 = described("Port on each node, for Services of type NodePort.")
    app_protocol: Text = described("Application protocol, such as grpc or http.")
    host_port: Annotated[int | None, Schema({"format": "int32", "minimum": 0, "maximum": 65535})] = described("Port of the node.")


class PodDisruptionBudgetSpec(ApiModel):
    """How many pods may be away at a time."""

    min_available: IntOrString = described("Pods that must stay.")
    max_unavailable: IntOrString = described("Pods that may be away.")


class MetricsSpec(ApiModel):
    """Metrics of the operand itself."""

    enable_metrics: Flag = described("Make ServiceMonitors or PodMonitors.")
    extra_labels: StringMap = described("Labels added to the monitors.")
    disable_prometheus_annotations: Flag = described("Leave the prometheus.io annotations off the pods.")


class ObservabilitySpec(ApiModel):
    """Observability of the operand itself."""

    metrics: MetricsSpec | None = described("Metrics of the operand.")


class PodFields(ApiModel):
    """What is common to collectors and target allocators."""

    management_state: Annotated[str | None, Schema({"enum": ["managed", "unmanaged"], "default": "managed"})] = described(
        "unmanaged: the operator leaves everything as it is."
    )
    replicas: Int32 = described("Number of pods.")
    resources: Annotated[Obj, Embedded("ResourceRequirements")] = described("Resources of the container.")
    node_selector: StringMap = described("Labels that a node must have.")
    tolerations: Annotated[Objs, Embedded("Toleration")] = described("Taints that the pods tolerate.")
    affinity: Annotated[Obj, Embedded("Affinity")] = described("Where the scheduler may place the pods.")
    topology_spread_constraints: Annotated[Objs, Embedded("TopologySpreadConstraint")] = described(
        "How pods spread; not for a DaemonSet."
    )
    priority_class_name: Text = described("Priority class of the pods.")
    security_context: Annotated[Obj, Embedded("SecurityContext")] = described("Security context of the container.")
    pod_security_context: Annotated[Obj, Embedded("PodSecurityContext")] = described("Security context of the pods.")
    args: StringMap = described("Further arguments, rendered as --key=value.")
    pod_disruption_budget: PodDisruptionBudgetSpec | None = described("Budget for voluntary disruptions.")
    pod_annotations: StringMap = described("Annotations of the pods.")
    service_account: Text = described("ServiceAccount to use; the operator then makes none.")
    image: Text = described("Container image; the operator's own when absent.")
    image_pull_policy: Text = described("Always, IfNotPresent or Never.")
    volumes: Annotated[Objs, Embedded("Volume"), Schema(ATOMIC)] = described("Further volumes of the pods.")
    volume_mounts: Annotated[Objs, Embedded("VolumeMount"), Schema(ATOMIC)] = described("Further mounts of the container.")
    ports: Annotated[list[PortSpec] | None, Schema(ATOMIC)] = described("Ports besides those found in the configuration.")
    env: Annotated[Objs, Embedded("EnvVar")] = described("Environment of the container.")
    env_from: Annotated[Objs, Embedded("EnvFromSource")] = described("Sources of environment variables.")
    init_containers: Annotated[Objs, Embedded("Container")] = described("Containers that run before.")
    additional_containers: Annotated[Objs, Embedded("Container")] = described("Containers beside the collector.")
    lifecycle: Annotated[Obj, Embedded("Lifecycle")] = described("Actions on start and stop of the container.")
    termination_grace_period_seconds: Annotated[int | None, Schema({"format": "int64"})] = described("Seconds a pod has to stop.")
    host_network: Flag = described("Use the node's network.")
    host_pid: Annotated[bool | None, Schema()] = described("Use the node's process ids.", alias="hostPID")
    share_process_namespace: Flag = described("Containers of a pod see each other's processes.")
    host_users: Flag = described("Use the node's user namespace.")
    host_aliases: Annotated[Objs, Embedded("HostAlias"), Schema(ATOMIC)] = described("Entries of /etc/hosts.")
    dns_policy: Text = described("DNS policy of the pods.")
    pod_dns_config: Annotated[Obj, Embedded("PodDNSConfig")] = described("DNS parameters of the pods.")
    ip_families: Annotated[list[str] | None, Schema()] = described("IP families of the Services.")
    ip_family_policy: Annotated[str | None, Schema({"default": "SingleStack"})] = described("IP family policy of the Services.")
    traffic_distribution: Text = described("Traffic distribution of the Services.")
    session_affinity: Text = described("Session affinity of the Services.")
    session_affinity_config: Annotated[Obj, Embedded("SessionAffinityConfig")] = described("Settings of the session affinity.")


class StatefulFields(ApiModel):
    """What only a StatefulSet has."""

    volume_claim_templates: Annotated[Objs, Embedded("PersistentVolumeClaim"), Schema(ATOMIC)] = described(
        "Claims made for each pod."
    )
    persistent_volume_claim_retention_policy: Annotated[
        Obj, Embedded("io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy")
    ] = described("What becomes of the claims.")
    service_name: Text = described("Governing Service; the headless one when absent.")
    pod_management_policy: Annotated[str | None, Schema({"enum": ["OrderedReady", "Parallel"]})] = described(
        "Order in which pods are made."
    )
