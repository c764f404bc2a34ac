"""Configuration of the attributes processor."""

from pydantic import Field

from otel_agent.config.blocks.attribute_actions import AttributeAction
from otel_agent.config.blocks.match_properties import MatchProperties
from otel_agent.config.model import ConfigModel, NoneBlock


class AttributesConfig(ConfigModel):
    """Actions run in order on what matches `include`, if given, and not `exclude`."""

    include: NoneBlock[MatchProperties] = None
    exclude: NoneBlock[MatchProperties] = None
    actions: list[AttributeAction] = Field(min_length=1)
