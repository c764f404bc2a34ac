"""Configuration of the k8s_attributes processor."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.kubernetes import KubeApiConfig
from otel_agent.config.model import ConfigModel, Duration

OWNERS = ("deployment", "replicaset", "statefulset", "daemonset", "job", "cronjob")
DEFAULT_METADATA = (
    "k8s.namespace.name",
    "k8s.pod.name",
    "k8s.pod.uid",
    "k8s.pod.start_time",
    "k8s.deployment.name",
    "k8s.node.name",
    "container.image.name",
    "container.image.tag",
)
METADATA = (
    *DEFAULT_METADATA,
    *(f"k8s.{owner}.name" for owner in OWNERS[1:]),
    *(f"k8s.{owner}.uid" for owner in OWNERS),
    *("k8s.pod.hostname", "k8s.pod.ip", "k8s.node.uid", "k8s.cluster.uid", "k8s.container.name"),
    *("container.id", "container.image.repo_digests"),
    *("service.namespace", "service.name", "service.version", "service.instance.id"),
)
"""Attributes that `extract::metadata` may name."""
MAX_SOURCES = 4


class FieldRule(ConfigModel):
    """A label or annotation, or those that match a pattern, and the attribute it becomes."""

    tag_name: str = ""
    """`$1` is the first group of `key_regex`. By default `k8s.<from>.labels.<key>` or `k8s.<from>.annotations.<key>`."""
    key: str = ""
    key_regex: str = ""
    """Must match the whole key."""
    source: Literal["pod", "namespace", "node", "deployment", "statefulset", "daemonset", "job"] = Field(
        default="pod", alias="from"
    )

    @model_validator(mode="after")
    def check_key(self) -> Self:
        """Demand one of the two kinds of key, and a pattern that is one."""
        if bool(self.key) == bool(self.key_regex):
            raise ValueError("exactly one of 'key' and 'key_regex' is needed")
        if self.key_regex:
            try:
                re.compile(self.key_regex)
            except re.error as error:
                raise ValueError(f"key_regex: {error}") from error
        return self


class ExtractConfig(ConfigModel):
    """What is added."""

    metadata: list[str] = Field(default_factory=lambda: list(DEFAULT_METADATA))
    labels: list[FieldRule] = Field(default_factory=list)
    annotations: list[FieldRule] = Field(default_factory=list)
    otel_annotations: bool = False
    """Whether annotations `resource.opentelemetry.io/<attribute>` become that attribute."""
    deployment_name_from_replicaset: bool = False
    """Whether a Deployment's name is cut out of its ReplicaSet's, which needs no watch of ReplicaSets."""

    @model_validator(mode="after")
    def check_metadata(self) -> Self:
        """Refuse attributes that there are not."""
        for name in self.metadata:
            if name not in METADATA:
                raise ValueError(f"metadata: {name!r} is none of {', '.join(METADATA)}")
        return self


class SelectorRule(ConfigModel):
    """One requirement of a label or field selector."""

    key: str
    value: str = ""
    op: Literal["equals", "not-equals", "exists", "does-not-exist"] = "equals"


class FilterConfig(ConfigModel):
    """Which pods are watched."""

    node: str = ""
    node_from_env_var: str = ""
    """Environment variable that holds the node's name."""
    namespace: str = ""
    labels: list[SelectorRule] = Field(default_factory=list)
    fields: list[SelectorRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_fields(self) -> Self:
        """Refuse what field selectors of Kubernetes cannot say."""
        for rule in self.fields:
            if rule.op not in ("equals", "not-equals"):
                raise ValueError(f"fields: {rule.key}: a field can only be compared by equals and not-equals")
        return self


class AssociationSource(ConfigModel):
    """Where a pod's identity is found."""

    source: Literal["connection", "resource_attribute"] = Field(alias="from")
    name: str = ""
    """Of the resource attribute."""

    @model_validator(mode="after")
    def check_name(self) -> Self:
        """Demand a name for an attribute."""
        if self.source == "resource_attribute" and not self.name:
            raise ValueError("'name' of the resource attribute is needed")
        return self


class Association(ConfigModel):
    """Sources that must all have a value."""

    sources: list[AssociationSource] = Field(min_length=1, max_length=MAX_SOURCES)


class ExcludedPod(ConfigModel):
    """Pods that are never associated."""

    name: str
    """Pattern that is found in the pod's name."""


class ExcludeConfig(ConfigModel):
    """Pods that send for others."""

    pods: list[ExcludedPod] = Field(
        default_factory=lambda: [ExcludedPod(name="jaeger-agent"), ExcludedPod(name="jaeger-collector")]
    )


class K8sAttributesConfig(KubeApiConfig):
    """How the API is reached, which pods are watched, how telemetry is matched with them, and what is added."""

    passthrough: bool = False
    """Only set k8s.pod.ip, for a collector further on to do the rest."""
    wait_for_metadata: bool = False
    """Whether the start waits for the first list of pods, and fails without."""
    wait_for_metadata_timeout: Duration = 10.0
    watch_sync_period: Duration = 300.0
    """Accepted for configurations of the Go processor; the watches here need no resync."""
    pod_delete_grace_period: Duration = 120.0
    """Seconds for which a deleted pod is still known: its last telemetry is on its way."""
    extract: ExtractConfig = Field(default_factory=ExtractConfig)
    filter: FilterConfig = Field(default_factory=FilterConfig)
    pod_association: list[Association] = Field(default_factory=list)
    """The first whose sources all have values decides. Without any: k8s.pod.ip, ip, connection, host.name."""
    exclude: ExcludeConfig = Field(default_factory=ExcludeConfig)

    @model_validator(mode="after")
    def check_exclusions(self) -> Self:
        """Refuse patterns that are none."""
        for pod in self.exclude.pods:
            try:
                re.compile(pod.name)
            except re.error as error:
                raise ValueError(f"exclude::pods: {pod.name!r}: {error}") from error
        return self
