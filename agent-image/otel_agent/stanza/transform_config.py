"""Configuration of the operators that rearrange, choose and join entries."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from otel_agent.config.model import ConfigModel, Duration
from otel_agent.stanza.fields import NestedField, RootField, parse_field
from otel_agent.stanza.operator_config import ExpressionText, TransformerConfig
from otel_agent.stanza.sizes import ByteSize


class AddConfig(TransformerConfig):
    """Sets a field."""

    type: Literal["add"]
    field: RootField
    value: Any
    """A literal; text may have `EXPR(…)` in it."""


class MoveConfig(TransformerConfig):
    """Moves a value."""

    type: Literal["move"]
    source: NestedField = Field(alias="from")
    to: NestedField


class CopyConfig(TransformerConfig):
    """Copies a value."""

    type: Literal["copy"]
    source: NestedField = Field(alias="from")
    to: NestedField


class RemoveConfig(TransformerConfig):
    """Removes a field, or all attributes or resource attributes."""

    type: Literal["remove"]
    field: RootField


class RetainConfig(TransformerConfig):
    """Removes all but these fields of the roots they are in."""

    type: Literal["retain"]
    fields: list[RootField] = Field(min_length=1)


class FlattenConfig(TransformerConfig):
    """Lifts the members of a map by one level."""

    type: Literal["flatten"]
    field: NestedField


class FilterConfig(TransformerConfig):
    """Drops entries."""

    type: Literal["filter"]
    expr: ExpressionText = Field(min_length=1)
    drop_ratio: float = Field(default=1.0, ge=0, le=1)


class RouteConfig(ConfigModel):
    """One way of a router."""

    expr: ExpressionText = Field(min_length=1)
    output: list[str] = Field(min_length=1)
    attributes: dict[str, str] = Field(default_factory=dict)


class RouterConfig(ConfigModel):
    """Sends each entry along the first route that fits."""

    type: Literal["router"]
    id: str = ""
    routes: list[RouteConfig] = Field(min_length=1)
    default: list[str] = Field(default_factory=list)


class RecombineConfig(TransformerConfig):
    """Joins entries that belong together."""

    type: Literal["recombine"]
    combine_field: NestedField
    is_first_entry: ExpressionText = ""
    is_last_entry: ExpressionText = ""
    combine_with: str = "\n"
    source_identifier: NestedField = parse_field('attributes["log.file.path"]')
    overwrite_with: Literal["", "newest", "oldest"] = "oldest"
    max_batch_size: int = Field(default=1000, ge=0)
    max_unmatched_batch_size: int = Field(default=100, ge=0)
    max_sources: int = Field(default=1000, gt=0)
    max_log_size: ByteSize = 0
    force_flush_period: Duration = 5.0

    @model_validator(mode="after")
    def check_recombine(self) -> Self:
        """Exactly one of the two conditions, and a period."""
        if self.is_first_entry and self.is_last_entry:
            raise ValueError("only one of is_first_entry and is_last_entry can be set")
        if not self.is_first_entry and not self.is_last_entry:
            raise ValueError("one of is_first_entry and is_last_entry must be set")
        if self.force_flush_period <= 0:
            raise ValueError("force_flush_period must be positive")
        return self


class UnquoteConfig(TransformerConfig):
    """Takes the quotes off a text."""

    type: Literal["unquote"]
    field: NestedField


class RegexReplaceConfig(TransformerConfig):
    """Replaces what a regular expression matches."""

    type: Literal["regex_replace"]
    field: NestedField
    regex: str = ""
    regex_name: Literal["", "ansi_control_sequences"] = ""
    replace_with: str = ""

    @model_validator(mode="after")
    def check_regex(self) -> Self:
        """Exactly one expression."""
        if bool(self.regex) == bool(self.regex_name):
            raise ValueError("either regex or regex_name must be set")
        return self


class AssignKeysConfig(TransformerConfig):
    """Turns a list into a map."""

    type: Literal["assign_keys"]
    field: NestedField
    keys: list[str] = Field(min_length=1)


class NoopConfig(TransformerConfig):
    """Does nothing."""

    type: Literal["noop"]
