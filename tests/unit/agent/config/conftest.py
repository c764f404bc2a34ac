"""Components of this suite's own, so that rules are tested without depending on those of the distribution."""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from pydantic import Field

from otel_agent.config.blocks.exporter_queue import QueueConfig, RetryConfig, TimeoutConfig
from otel_agent.config.blocks.grpc_client import GrpcClientConfig
from otel_agent.config.blocks.grpc_server import GrpcServerConfig
from otel_agent.config.check import check_config
from otel_agent.config.component import ComponentInfo, ComponentKind
from otel_agent.config.model import ConfigModel, DefaultBlock, Duration, Opaque, SomeBlock
from otel_agent.config.registry import Registry
from otel_agent.config.yaml_document import parse_yaml

MODULE = "otel_agent_test_components"
ALL_SIGNALS = {"traces": "stable", "metrics": "stable", "logs": "stable"}


class ServerConfig(GrpcServerConfig):
    endpoint: str = "localhost:4317"


class Protocols(ConfigModel):
    grpc: DefaultBlock[ServerConfig] = None


class ReceiverConfig(ConfigModel):
    protocols: Protocols = Field(default_factory=Protocols)


class BatchConfig(ConfigModel):
    timeout: Duration = 0.2
    send_batch_size: int = 8192
    metadata_keys: list[str] = Field(default_factory=list)


class ExporterConfig(TimeoutConfig, GrpcClientConfig):
    retry_on_failure: RetryConfig = Field(default_factory=RetryConfig)
    sending_queue: SomeBlock[QueueConfig] = Field(default_factory=QueueConfig)
    token: Opaque = Opaque("")


class EmptyConfig(ConfigModel):
    pass


def info(kind: ComponentKind, name: str, model: type[ConfigModel], stability: dict[str, str], *aliases: str) -> ComponentInfo:
    return ComponentInfo(kind, name, stability, f"{MODULE}:{model.__name__}", f"{MODULE}:create", aliases)


@pytest.fixture
def registry() -> Iterator[Registry]:
    module = ModuleType(MODULE)
    for model in (ReceiverConfig, BatchConfig, ExporterConfig, EmptyConfig):
        setattr(module, model.__name__, model)
    sys.modules[MODULE] = module
    yield Registry(
        [
            info(ComponentKind.RECEIVER, "otlp", ReceiverConfig, ALL_SIGNALS),
            info(ComponentKind.RECEIVER, "scrape", EmptyConfig, {"metrics": "beta"}),
            info(ComponentKind.PROCESSOR, "batch", BatchConfig, ALL_SIGNALS),
            info(ComponentKind.EXPORTER, "otlp_grpc", ExporterConfig, ALL_SIGNALS, "otlp"),
            info(ComponentKind.EXPORTER, "debug", EmptyConfig, ALL_SIGNALS),
            info(ComponentKind.CONNECTOR, "forward", EmptyConfig, {f"{s}_to_{s}": "beta" for s in ALL_SIGNALS}),
            info(ComponentKind.CONNECTOR, "count", EmptyConfig, {f"{s}_to_metrics": "beta" for s in ALL_SIGNALS}),
            info(ComponentKind.EXTENSION, "health_check", EmptyConfig, {"extension": "beta"}),
        ]
    )
    del sys.modules[MODULE]


@pytest.fixture
def check(registry: Registry) -> Callable[..., list[str]]:
    """Problems of a YAML text as strings."""

    def run(text: str, registry: Registry = registry, **options: Any) -> list[str]:
        return [str(problem) for problem in check_config(parse_yaml(text) or {}, registry=registry, **options)]

    return run


GOOD = """
receivers: {otlp: {protocols: {grpc: }}}
processors: {batch: }
exporters: {otlp: {endpoint: "gateway:4317", tls: {insecure: true}}}
service: {pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [otlp]}}}
"""


@pytest.fixture
def good() -> str:
    return GOOD
