"""Configuration of the resource_detection processor."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.blocks.http_client import HttpClientConfig
from otel_agent.config.blocks.tls import TlsClientConfig
from otel_agent.config.expanded import unwrapped
from otel_agent.config.model import ConfigModel, Duration, Opaque
from otel_agent.processors.resource_detection import attributes

NOT_SUPPORTED = (
    *("akamai", "alibaba_ecs", "digitalocean", "dynatrace", "hetzner", "ibmcloud_classic", "ibmcloud_vpc", "nova", "oraclecloud"),
    *("scaleway", "tencent_cvm", "upcloud", "vultr"),
)
"""Detectors of the Go collector that are not here."""


HostnameSource = Literal["dns", "os", "cname", "lookup"]
_HOSTNAME_SOURCES: tuple[HostnameSource, ...] = ("dns", "os")


class AttributeSwitch(ConfigModel):
    """Whether an attribute is reported; the default is the detector's."""

    enabled: bool | None = None


class DetectorConfig(ConfigModel):
    """Base of the block of one detector."""

    ATTRIBUTES: ClassVar[Mapping[str, bool]] = {}

    resource_attributes: dict[str, AttributeSwitch] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_attributes(self) -> Self:
        """Refuse attributes that the detector does not have."""
        for name in self.resource_attributes:
            if name not in self.ATTRIBUTES:
                raise ValueError(f"resource_attributes: there is no {name}; known: {', '.join(self.ATTRIBUTES)}")
        return self

    def wants(self, name: str) -> bool:
        """Whether an attribute is reported; those that are not the detector's own, such as tags, always are."""
        switch = self.resource_attributes.get(name)
        return self.ATTRIBUTES.get(name, True) if switch is None or switch.enabled is None else switch.enabled


class EnvConfig(DetectorConfig):
    """OTEL_RESOURCE_ATTRIBUTES; the Go collector has no block for it."""


class SystemConfig(DetectorConfig):
    """The host."""

    ATTRIBUTES = attributes.SYSTEM

    hostname_sources: list[HostnameSource] = Field(default_factory=lambda: list(_HOSTNAME_SOURCES))
    """Asked in turn until one has a name."""


class DockerConfig(DetectorConfig):
    """The Docker daemon."""

    ATTRIBUTES = attributes.DOCKER


class Ec2Config(DetectorConfig):
    """Amazon EC2."""

    ATTRIBUTES = attributes.EC2

    tags: list[str] = Field(default_factory=list)
    """Patterns of names of tags that become `ec2.tag.<name>`."""
    tags_from_imds: bool = False
    max_attempts: int = Field(default=3, ge=1)
    """Of each request to the metadata service."""
    max_backoff: Duration = 20.0
    fail_on_missing_metadata: bool = False
    """Try again, and warn, where there is no metadata service, instead of taking it for another cloud."""

    @model_validator(mode="after")
    def check_tags(self) -> Self:
        """Refuse tags from the EC2 API, which needs signed requests."""
        if self.tags and not self.tags_from_imds:
            raise ValueError(
                "tags from the EC2 API are not supported: set tags_from_imds: true, and let the instance's metadata have tags"
            )
        return self


class EcsConfig(DetectorConfig):
    """Amazon ECS."""

    ATTRIBUTES = attributes.ECS


class EksConfig(DetectorConfig):
    """Amazon EKS."""

    ATTRIBUTES = attributes.EKS

    node_from_env_var: str = "K8S_NODE_NAME"

    @model_validator(mode="after")
    def check_cluster_name(self) -> Self:
        """Refuse the cluster's name, which only the EC2 API knows."""
        if self.wants("k8s.cluster.name"):
            raise ValueError("k8s.cluster.name is not supported for eks: set it with the resource processor")
        return self


class ElasticBeanstalkConfig(DetectorConfig):
    """AWS Elastic Beanstalk."""

    ATTRIBUTES = attributes.ELASTIC_BEANSTALK


class LambdaConfig(DetectorConfig):
    """AWS Lambda."""

    ATTRIBUTES = attributes.LAMBDA


class GcpConfig(DetectorConfig):
    """Google Cloud."""

    ATTRIBUTES = attributes.GCP

    labels: list[str] = Field(default_factory=list)

    @field_validator("labels")
    @classmethod
    def check_labels(cls, labels: list[str]) -> list[str]:
        """Refuse labels, which only the Compute API knows."""
        if labels:
            raise ValueError("labels are not supported: they need the Compute API; remove them")
        return labels


class AzureConfig(DetectorConfig):
    """Azure."""

    ATTRIBUTES = attributes.AZURE

    tags: list[str] = Field(default_factory=list)
    """Patterns of names of tags that become `azure.tag.<name>`."""


class AksConfig(DetectorConfig):
    """Azure Kubernetes Service."""

    ATTRIBUTES = attributes.AKS


class KubernetesConfig(DetectorConfig):
    """How the API server is asked."""

    auth_type: Literal["none", "serviceAccount"] = "serviceAccount"

    @field_validator("auth_type", mode="before")
    @classmethod
    def check_auth_type(cls, kind: Any) -> Any:
        """Tell which kinds there are elsewhere only."""
        if kind in ("kubeConfig", "tls"):
            raise ValueError(f"auth_type {kind} is not supported: use serviceAccount or none")
        return kind


class K8sApiConfig(KubernetesConfig):
    """The node that the collector runs on."""

    ATTRIBUTES = attributes.K8S_API

    node_from_env_var: str = "K8S_NODE_NAME"
    """Environment variable with the node's name."""


class KubeadmConfig(KubernetesConfig):
    """What kubeadm noted of the cluster."""

    ATTRIBUTES = attributes.KUBEADM


class HerokuConfig(DetectorConfig):
    """Heroku."""

    ATTRIBUTES = attributes.HEROKU


class ConsulConfig(DetectorConfig):
    """The agent of Consul."""

    ATTRIBUTES = attributes.CONSUL

    address: str = ""
    """host:port or URL; CONSUL_HTTP_ADDR or 127.0.0.1:8500 by default."""
    datacenter: str = ""
    token: Opaque = Opaque("")
    token_file: str = ""
    namespace: str = ""
    meta: dict[str, Any] = Field(default_factory=dict)
    """Names of the node's metadata that become attributes."""


class OpenshiftConfig(DetectorConfig):
    """OpenShift."""

    ATTRIBUTES = attributes.OPENSHIFT

    address: str = ""
    """URL of the API server; that of the service account by default."""
    token: Opaque = Opaque("")
    tls: TlsClientConfig = Field(default_factory=TlsClientConfig)

    @model_validator(mode="after")
    def check_tls(self) -> Self:
        """Refuse settings of TLS other than the authority."""
        if set(self.tls.model_fields_set) - {"ca_file", "insecure_skip_verify"}:
            raise ValueError("tls: only ca_file and insecure_skip_verify are supported here")
        return self


class DetectorConfigs(ConfigModel):
    """A block for each detector."""

    env: EnvConfig = Field(default_factory=EnvConfig)
    system: SystemConfig = Field(default_factory=SystemConfig)
    docker: DockerConfig = Field(default_factory=DockerConfig)
    ec2: Ec2Config = Field(default_factory=Ec2Config)
    ecs: EcsConfig = Field(default_factory=EcsConfig)
    eks: EksConfig = Field(default_factory=EksConfig)
    elasticbeanstalk: ElasticBeanstalkConfig = Field(default_factory=ElasticBeanstalkConfig)
    lambda_: LambdaConfig = Field(default_factory=LambdaConfig, alias="lambda")
    gcp: GcpConfig = Field(default_factory=GcpConfig)
    azure: AzureConfig = Field(default_factory=AzureConfig)
    aks: AksConfig = Field(default_factory=AksConfig)
    k8s_api: K8sApiConfig = Field(default_factory=K8sApiConfig)
    k8snode: K8sApiConfig | None = None
    """The older name of k8s_api; that wins."""
    kubeadm: KubeadmConfig = Field(default_factory=KubeadmConfig)
    heroku: HerokuConfig = Field(default_factory=HerokuConfig)
    consul: ConsulConfig = Field(default_factory=ConsulConfig)
    openshift: OpenshiftConfig = Field(default_factory=OpenshiftConfig)


DETECTORS = (
    *("env", "system", "docker", "ec2", "ecs", "eks", "elastic_beanstalk", "lambda", "gcp", "azure", "aks", "k8s_api", "k8snode"),
    *("kubeadm", "heroku", "consul", "openshift"),
)
_HTTP_KEYS = frozenset(HttpClientConfig.model_fields) - {"timeout"}


class ResourceDetectionConfig(DetectorConfigs):
    """Detectors run side by side at the start; of an attribute that several find, the first named detector's value is taken."""

    detectors: list[str] = Field(default_factory=lambda: ["env"], min_length=1)
    override: bool = True
    """Replace attributes that a resource has already."""
    timeout: Duration = 5.0
    """Of all detectors together; the start waits no longer."""
    attributes: list[str] = Field(default_factory=list)
    """Deprecated: only these are added; empty for all."""
    refresh_interval: Duration = 0.0
    """Detect again so often; 0 for never."""

    @model_validator(mode="before")
    @classmethod
    def name_what_is_left_out(cls, raw: Any) -> Any:
        """Tell apart what is unknown and what is not supported here."""
        raw = unwrapped(raw)
        if isinstance(raw, Mapping):
            if blocks := [name for name in NOT_SUPPORTED if name in raw]:
                raise ValueError(f"the detector {blocks[0]} is not supported: remove its block")
            if keys := sorted(_HTTP_KEYS & set(raw)):
                raise ValueError(f"{keys[0]} is not supported: metadata services are asked directly; only timeout can be set")
        return raw

    @field_validator("detectors")
    @classmethod
    def check_detectors(cls, detectors: list[str]) -> list[str]:
        """Refuse detectors that there are not."""
        for name in detectors:
            if name in NOT_SUPPORTED:
                raise ValueError(f"the detector {name} is not supported; known: {', '.join(DETECTORS)}")
            if name not in DETECTORS:
                raise ValueError(f"invalid detector key: {name}; known: {', '.join(DETECTORS)}")
        return detectors

    @model_validator(mode="after")
    def check_times(self) -> Self:
        """Refuse a timeout that is not positive and a negative interval."""
        if self.timeout <= 0 or self.refresh_interval < 0:
            raise ValueError("timeout must be greater than 0, refresh_interval not negative")
        return self
