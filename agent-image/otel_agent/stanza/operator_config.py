"""Configuration that operators share: what every operator has, what every parser has, and what can be embedded in parsers."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from otel_agent.config.model import ConfigModel
from otel_agent.stanza.expression.compiler import check_expression
from otel_agent.stanza.fields import ATTRIBUTES, BODY, NestedField, RootField
from otel_agent.stanza.severities import build_mapping
from otel_agent.stanza.times import EPOCH_FRACTIONS, EPOCH_LAYOUTS, make_reader


def _checked_expression(text: str) -> str:
    if text:
        check_expression(text)
    return text


ExpressionText = Annotated[str, AfterValidator(_checked_expression)]
"""An expression, or nothing."""


class BaseOperatorConfig(ConfigModel):
    """What every operator has."""

    id: str = ""
    """Name by which other operators send to it; the type, numbered when repeated, if empty."""
    output: list[str] = Field(default_factory=list)
    """Operators that get its entries; the next one in the list if empty."""


class TransformerConfig(BaseOperatorConfig):
    """What every operator but the router has."""

    on_error: Literal["send", "send_quiet", "drop", "drop_quiet"] = "send"
    condition: ExpressionText = Field(default="", alias="if")
    """Entries for which it is false pass unchanged."""


class TimestampConfig(ConfigModel):
    """Where a timestamp is found and how it is written."""

    parse_from: NestedField
    layout: str = ""
    layout_type: Literal["strptime", "gotime", "epoch"] = "strptime"
    location: str = ""

    @model_validator(mode="after")
    def check_timestamp(self) -> Self:
        """Refuse layouts and locations that are none."""
        if not self.layout:
            raise ValueError("missing required configuration parameter `layout`")
        if self.layout_type == "epoch" and self.layout not in EPOCH_LAYOUTS.keys() | EPOCH_FRACTIONS.keys():
            raise ValueError("invalid `layout` for `epoch` type: specify 's', 'ms', 'us', 'ns', 's.ms', 's.us', or 's.ns'")
        make_reader(self.layout_type, self.layout, self.location)
        return self


class SeverityConfig(ConfigModel):
    """Where a severity is found and what its values mean."""

    parse_from: NestedField
    preset: str = "default"
    mapping: dict[str, Any] = Field(default_factory=dict)
    overwrite_text: bool = False

    @model_validator(mode="before")
    @classmethod
    def name_numbers(cls, raw: Any) -> Any:
        """Let YAML's numbers be keys of the mapping."""
        if isinstance(raw, dict) and isinstance(raw.get("mapping"), dict):
            return {**raw, "mapping": {str(key): value for key, value in raw["mapping"].items()}}
        return raw

    @model_validator(mode="after")
    def check_severity(self) -> Self:
        """Refuse what is no severity."""
        build_mapping(self.preset, self.mapping)
        return self


class SourceConfig(ConfigModel):
    """A field to read."""

    parse_from: NestedField | None = None


class TraceConfig(ConfigModel):
    """Where trace ids are found, as hexadecimal text; a part that is not named is not read."""

    trace_id: SourceConfig | None = None
    span_id: SourceConfig | None = None
    trace_flags: SourceConfig | None = None


class ScopeNameConfig(ConfigModel):
    """Where the name of the scope is found."""

    parse_from: NestedField


class ParserConfig(TransformerConfig):
    """What every parser has."""

    parse_from: NestedField = BODY
    parse_to: RootField = ATTRIBUTES
    body: NestedField | None = None
    """A field that becomes the body after parsing."""
    timestamp: TimestampConfig | None = None
    severity: SeverityConfig | None = None
    trace: TraceConfig | None = None
    scope_name: ScopeNameConfig | None = None
