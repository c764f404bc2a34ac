"""Lists of names that include or exclude what a scraper reports: devices, interfaces, processes and the like."""

from typing import Any, Literal, Self

from pydantic import model_validator

from otel_agent.config.blocks.match_properties import RegexpConfig
from otel_agent.config.model import ConfigModel, NoneBlock


class NameFilter(ConfigModel):
    """Base: a subclass has one list of names, the first field of its own. A filter without names is none."""

    match_type: Literal["", "strict", "regexp"] = ""
    regexp: NoneBlock[RegexpConfig] = None

    @model_validator(mode="after")
    def check_match_type(self) -> Self:
        """Refuse names without a way to match them."""
        if self.names_matched and not self.match_type:
            raise ValueError("match_type is needed beside the names: strict or regexp")
        return self

    @property
    def names_matched(self) -> list[str]:
        """The names or patterns of the subclass's list."""
        own = next(name for name in type(self).model_fields if name not in NameFilter.model_fields)
        found: list[str] = getattr(self, own)
        return found


class AttributeFilter(ConfigModel):
    """One of `strict` (the value's text) and `regexp` (found in it)."""

    strict: Any = None
    regexp: str | None = None

    @model_validator(mode="after")
    def check_filter(self) -> Self:
        """Refuse both and neither."""
        if (self.strict is None) == (self.regexp is None):
            raise ValueError('a filter has either "strict" or "regexp"')
        return self
