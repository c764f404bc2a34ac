"""Configuration of the resource processor."""

from pydantic import Field

from otel_agent.config.blocks.attribute_actions import AttributeAction
from otel_agent.config.model import ConfigModel


class ResourceConfig(ConfigModel):
    """Actions run in order on the attributes of every resource."""

    attributes: list[AttributeAction] = Field(min_length=1)
