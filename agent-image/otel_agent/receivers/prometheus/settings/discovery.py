"""How targets are found: the mechanisms that are built in, and a clear word about those that are not."""

import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel
from otel_agent.receivers.prometheus.settings.http_client import PromHttpClient
from otel_agent.receivers.prometheus.settings.scalars import PromDuration

KubernetesRole = Literal["node", "pod", "service", "endpoints", "endpointslice", "ingress"]
_FILE_PATTERN = re.compile(r"[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)")
UNSUPPORTED = frozenset(
    """
    aws_sd_configs azure_sd_configs consul_sd_configs digitalocean_sd_configs docker_sd_configs dockerswarm_sd_configs
    ec2_sd_configs ecs_sd_configs eureka_sd_configs gce_sd_configs hetzner_sd_configs ionos_sd_configs kuma_sd_configs
    lightsail_sd_configs linode_sd_configs marathon_sd_configs nerve_sd_configs nomad_sd_configs openstack_sd_configs
    outscale_sd_configs ovhcloud_sd_configs puppetdb_sd_configs scaleway_sd_configs serverset_sd_configs stackit_sd_configs
    triton_sd_configs uyuni_sd_configs vultr_sd_configs
    """.split()  # noqa: SIM905 - a list of strings would take a line for each
)
"""Mechanisms of Prometheus that are not built in."""


class StaticConfig(ConfigModel):
    """Targets written down."""

    targets: list[str] = Field(default_factory=list)
    labels: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_targets(self) -> Self:
        """Addresses only, as Prometheus has it."""
        for target in self.targets:
            if "/" in target:
                raise ValueError(
                    f'"{target}" is not a valid hostname: write host:port, with `scheme` and `metrics_path` beside static_configs'
                )
        return self


class FileDiscovery(ConfigModel):
    """Target groups in files, read again when they change."""

    files: list[str] = Field(default_factory=list)
    refresh_interval: PromDuration = 300.0

    @model_validator(mode="after")
    def check_files(self) -> Self:
        """Name what cannot be a file of targets."""
        if not self.files:
            raise ValueError("file service discovery config must contain at least one path name")
        for name in self.files:
            if not _FILE_PATTERN.fullmatch(name):
                raise ValueError(f'path name "{name}" is not valid for file discovery: it must end in .json, .yml or .yaml')
        return self


class HttpDiscovery(PromHttpClient):
    """Target groups by HTTP."""

    url: str = ""
    refresh_interval: PromDuration = Field(default=60.0, gt=0)

    @model_validator(mode="after")
    def check_url(self) -> Self:
        """Demand an absolute URL."""
        parts = urlsplit(self.url)
        if not self.url:
            raise ValueError("URL is missing")
        if parts.scheme not in ("http", "https"):
            raise ValueError("URL scheme must be 'http' or 'https'")
        if not parts.hostname:
            raise ValueError("host is missing in URL")
        return self


class DnsDiscovery(ConfigModel):
    """Targets by DNS records."""

    names: list[str] = Field(default_factory=list)
    refresh_interval: PromDuration = Field(default=30.0, gt=0)
    type: Literal["A", "AAAA", "SRV", "MX", "NS"] = "SRV"
    port: int = Field(default=0, ge=0, le=65535)

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """SRV records bring their port, the others need one."""
        if not self.names:
            raise ValueError("DNS-SD config must contain at least one SRV record name")
        if self.type != "SRV" and not self.port:
            raise ValueError(f"a port is required in DNS-SD configs for {self.type} records")
        return self


class NamespaceSelection(ConfigModel):
    """Namespaces to look into; none named means all."""

    own_namespace: bool = False
    names: list[str] = Field(default_factory=list)


class ObjectSelector(ConfigModel):
    """Narrows what is watched of one role."""

    role: KubernetesRole
    label: str = ""
    field: str = ""


class AttachMetadata(ConfigModel):
    """Labels of other objects to add."""

    node: bool = False
    namespace: bool = False


class KubernetesDiscovery(PromHttpClient):
    """Targets by the Kubernetes API."""

    api_server: str = ""
    role: KubernetesRole
    kubeconfig_file: str = ""
    namespaces: NamespaceSelection = Field(default_factory=NamespaceSelection)
    selectors: list[ObjectSelector] = Field(default_factory=list)
    attach_metadata: AttachMetadata = Field(default_factory=AttachMetadata)

    @model_validator(mode="after")
    def check_kubernetes(self) -> Self:
        """One way to the API server, and selectors that fit the role."""
        own = bool(self.basic_auth or self.authorization or self.oauth2 or self.bearer_token or self.bearer_token_file)
        if self.api_server and self.kubeconfig_file:
            raise ValueError("cannot use 'kubeconfig_file' and 'api_server' simultaneously")
        if own and not self.api_server:
            raise ValueError("to use custom HTTP client configuration please provide the 'api_server' URL explicitly")
        if self.oauth2 is not None:
            raise ValueError("oauth2 is not supported for the Kubernetes API: use authorization or a kubeconfig_file")
        allowed = {
            "endpoints": {"pod", "service", "endpoints"},
            "endpointslice": {"pod", "service", "endpointslice"},
        }.get(self.role, {self.role})
        if self.attach_metadata.node and self.role in ("pod", "endpoints", "endpointslice"):
            allowed = {*allowed, "node"}
        seen: set[str] = set()
        for selector in self.selectors:
            if selector.role in seen:
                raise ValueError(f'duplicated selector role: "{selector.role}"')
            if selector.role not in allowed:
                raise ValueError(f"{self.role} role supports only {', '.join(sorted(allowed))} selectors")
            seen.add(selector.role)
        return self


class DiscoveryConfigs(ConfigModel):
    """The mechanisms of one job."""

    static_configs: list[StaticConfig] = Field(default_factory=list)
    file_sd_configs: list[FileDiscovery] = Field(default_factory=list)
    http_sd_configs: list[HttpDiscovery] = Field(default_factory=list)
    dns_sd_configs: list[DnsDiscovery] = Field(default_factory=list)
    kubernetes_sd_configs: list[KubernetesDiscovery] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def refuse_unsupported(cls, raw: Any) -> Any:
        """Say which mechanism is missing, rather than that a key is unknown."""
        for key in raw if isinstance(raw, dict) else ():
            if key in UNSUPPORTED:
                raise ValueError(
                    f"{key}: this service discovery is not supported; supported are static_configs, file_sd_configs, "
                    "http_sd_configs, dns_sd_configs and kubernetes_sd_configs"
                )
        return raw
