"""Configuration of the load-balancing exporter."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.blocks.exporter_queue import QueueConfig, RetryConfig
from otel_agent.config.model import ConfigModel, DefaultBlock, Duration, NoneBlock
from otel_agent.exporters.otlp_grpc.config import OtlpGrpcExporterConfig

RoutingKey = Literal["", "traceID", "service", "resource", "metric", "streamID", "attributes"]

_RESOLVERS = ("static", "dns", "k8s", "aws_cloud_map")


class BackendConfig(OtlpGrpcExporterConfig):
    """An OTLP/gRPC exporter, of which every backend gets one; its endpoint is that of the backend."""

    endpoint: str = "placeholder:4317"


class ProtocolConfig(ConfigModel):
    """How backends are talked to."""

    otlp: BackendConfig = Field(default_factory=BackendConfig)


def _is_port_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536


class StaticResolverConfig(ConfigModel):
    """Backends that never change."""

    hostnames: list[str] = Field(default_factory=list)
    """Hosts, with or without a port."""

    @model_validator(mode="after")
    def check_hostnames(self) -> Self:
        """Demand that some backend is named, and that ports are some."""
        if not any(name.strip() for name in self.hostnames):
            raise ValueError("no hostnames specified to resolve the backends: set `hostnames` to a list of host:port")
        for name in self.hostnames:
            host, colon, port = name.strip().rpartition("://")[2].rpartition(":")
            is_port = bool(colon) and (":" not in host or host.endswith("]"))  # otherwise an IPv6 address by itself
            if is_port and not _is_port_number(port):
                raise ValueError(f'hostname "{name}": "{port[:16]}" is not a port number')
        return self


class DnsResolverConfig(ConfigModel):
    """Backends are the addresses of one name."""

    hostname: str = ""
    port: str | int = ""
    """Without one, backends listen on 4317 and have their addresses alone on the ring, as in Go."""
    interval: Duration = 5.0
    """Seconds between two look-ups; 0 is the default."""
    timeout: Duration = 1.0
    """Seconds that one may take; 0 is the default."""

    @model_validator(mode="after")
    def check_dns(self) -> Self:
        """Demand a name, and times and a port that are some."""
        if not self.hostname:
            raise ValueError("no hostname specified to resolve the backends: set `hostname`, such as a headless Service's name")
        if self.interval < 0 or self.timeout < 0:
            raise ValueError("`interval` and `timeout` must not be negative")
        port = str(self.port)
        if port and not _is_port_number(port):
            raise ValueError(f'port "{port[:16]}" is not a port number')
        return self


class K8sResolverConfig(ConfigModel):
    """Backends are the ready endpoints of a Service."""

    service: str = ""
    """`name` in the collector's own namespace, or `name.namespace`."""
    ports: list[int] = Field(default_factory=lambda: [4317])
    """Each address is a backend on each of these."""
    timeout: Duration = 1.0
    """Seconds that a start waits for the first list of endpoints; 0 is the default."""
    return_hostnames: bool = False
    """Use `pod.service.namespace` in place of addresses: the names of a StatefulSet's pods outlive the pods."""

    @model_validator(mode="after")
    def check_k8s(self) -> Self:
        """Demand the name of a Service."""
        if not self.service.partition(".")[0]:
            raise ValueError("no service specified to resolve the backends: set `service` to name.namespace")
        if not self.ports or not all(0 < port < 65536 for port in self.ports):
            raise ValueError("`ports` must be port numbers")
        if self.timeout < 0:
            raise ValueError("`timeout` must not be negative")
        return self


class ResolverConfig(ConfigModel):
    """Where backends are found: exactly one of the keys."""

    static: DefaultBlock[StaticResolverConfig] = None
    dns: DefaultBlock[DnsResolverConfig] = None
    k8s: DefaultBlock[K8sResolverConfig] = None
    aws_cloud_map: dict[str, Any] | None = None
    """Refused: not supported."""

    @model_validator(mode="after")
    def check_one_resolver(self) -> Self:
        """Several would contradict each other."""
        if self.aws_cloud_map is not None:
            raise ValueError("aws_cloud_map is not supported: use dns with the name that Cloud Map registers")
        given = [name for name in _RESOLVERS if getattr(self, name) is not None]
        if len(given) != 1:
            found = f", found {', '.join(given)}" if given else ""
            raise ValueError(f"exactly one of static, dns and k8s must be specified{found}")
        return self


class LoadBalancingExporterConfig(ConfigModel):
    """The load-balancing exporter. Its own queue, retries and timeout are off unless they are named."""

    protocol: ProtocolConfig = Field(default_factory=ProtocolConfig)
    resolver: ResolverConfig
    routing_key: RoutingKey = ""
    """Empty is traceID for traces and logs, service for metrics."""
    routing_attributes: list[str] = Field(default_factory=list)
    """What `attributes` looks at."""
    timeout: Duration = 0.0
    retry_on_failure: NoneBlock[RetryConfig] = None
    sending_queue: DefaultBlock[QueueConfig] = None

    @model_validator(mode="after")
    def check_routing(self) -> Self:
        """Attributes go with the key that uses them."""
        if self.routing_key == "attributes" and not self.routing_attributes:
            raise ValueError("routing_key attributes needs `routing_attributes`: name at least one, such as service.name")
        if self.timeout < 0:
            raise ValueError("'timeout' must be non-negative")
        return self
