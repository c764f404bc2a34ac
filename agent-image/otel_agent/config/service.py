"""The service section: pipelines, extensions and the collector's own telemetry."""

from typing import Annotated

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer

from otel_agent.config.ids import ComponentIdText, PipelineId, parse_pipeline_id
from otel_agent.config.model import ConfigModel
from otel_agent.config.telemetry import TelemetryConfig

PipelineIdText = Annotated[
    InstanceOf[PipelineId],
    BeforeValidator(lambda value: value if isinstance(value, PipelineId) else parse_pipeline_id(value)),
    PlainSerializer(str, return_type=str),
]


class PipelineConfig(ConfigModel):
    """What one signal passes through."""

    receivers: list[ComponentIdText] = Field(default_factory=list)
    processors: list[ComponentIdText] = Field(default_factory=list)
    exporters: list[ComponentIdText] = Field(default_factory=list)


class ServiceConfig(ConfigModel):
    """What of the configured components runs, and how."""

    extensions: list[ComponentIdText] = Field(default_factory=list)
    pipelines: dict[PipelineIdText, PipelineConfig] = Field(default_factory=dict)
    telemetry: TelemetryConfig = Field(default_factory=TelemetryConfig)
