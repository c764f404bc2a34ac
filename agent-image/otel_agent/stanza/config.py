"""Configuration of operators. Each operator type is one model; `OperatorConfig` is any of them."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from otel_agent.config.model import ConfigModel, Duration
from otel_agent.stanza.expression.compiler import check_expression
from otel_agent.stanza.fields import ATTRIBUTES, BODY, NestedField, RootField, parse_field
from otel_agent.stanza.severities import build_mapping
from otel_agent.stanza.sizes import ByteSize
from otel_agent.stanza.times import EPOCH_FRACTIONS, EPOCH_LAYOUTS, find_location, make_reader


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


class JsonParserConfig(ParserConfig):
    """JSON objects."""

    type: Literal["json_parser"]
    parse_ints: bool = False


class JsonArrayParserConfig(ParserConfig):
    """JSON arrays, with names for their members from `header`."""

    type: Literal["json_array_parser"]
    header: str = ""


class RegexCacheConfig(ConfigModel):
    """Results kept by input."""

    size: int = Field(default=0, ge=0, le=65_535)


class RegexParserConfig(ParserConfig):
    """Named groups of a regular expression."""

    type: Literal["regex_parser"]
    regex: str = Field(min_length=1)
    cache: RegexCacheConfig = Field(default_factory=RegexCacheConfig)


def _one_character(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f"a delimiter is one character, got {text!r}")
    return text


Delimiter = Annotated[str, AfterValidator(_one_character)]


class CsvParserConfig(ParserConfig):
    """Separated values."""

    type: Literal["csv_parser"]
    header: str = ""
    header_attribute: str = ""
    """Attribute of the entry that has the header."""
    header_delimiter: str = ""
    delimiter: Delimiter = ","
    lazy_quotes: bool = False
    ignore_quotes: bool = False

    @model_validator(mode="after")
    def check_csv(self) -> Self:
        """Exactly one source of the header."""
        if bool(self.header) == bool(self.header_attribute):
            raise ValueError("exactly one of header and header_attribute has to be set")
        if self.lazy_quotes and self.ignore_quotes:
            raise ValueError("only one of 'ignore_quotes' or 'lazy_quotes' can be true")
        if len(self.header_delimiter) > 1:
            raise ValueError("header_delimiter is one character")
        if self.header and len(self.header.split(self.header_delimiter or self.delimiter)) < 2:
            raise ValueError(f'missing field delimiter "{self.header_delimiter or self.delimiter}" in header')
        return self


class KeyValueParserConfig(ParserConfig):
    """Pairs such as `a=1 b=2`."""

    type: Literal["key_value_parser"]
    delimiter: str = Field(default="=", min_length=1)
    pair_delimiter: str = Field(default=" ", min_length=1)

    @model_validator(mode="after")
    def check_delimiters(self) -> Self:
        """Refuse two that are the same."""
        if self.delimiter == self.pair_delimiter:
            raise ValueError("delimiter and pair_delimiter cannot be the same value")
        return self


class UriParserConfig(ParserConfig):
    """URIs and query strings."""

    type: Literal["uri_parser"]


class SyslogParserConfig(ParserConfig):
    """Messages of RFC 3164 and RFC 5424."""

    type: Literal["syslog_parser"]
    protocol: Literal["rfc3164", "rfc5424"]
    location: str = "UTC"
    enable_octet_counting: bool = False
    allow_skip_pri_header: bool = False
    non_transparent_framing_trailer: Literal["LF", "NUL"] | None = None
    max_octets: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def check_syslog(self) -> Self:
        """Framing belongs to RFC 5424 only, and to one kind at a time."""
        find_location(self.location)
        if self.protocol == "rfc3164" and (self.enable_octet_counting or self.non_transparent_framing_trailer):
            raise ValueError("octet_counting and non_transparent_framing are only compatible with protocol rfc5424")
        if self.enable_octet_counting and self.non_transparent_framing_trailer:
            raise ValueError("only one of octet_counting or non_transparent_framing can be enabled")
        if self.allow_skip_pri_header and (self.enable_octet_counting or self.non_transparent_framing_trailer):
            raise ValueError("allow_skip_pri_header cannot be used with octet_counting or non_transparent_framing")
        return self


class ContainerParserConfig(ParserConfig):
    """Log files of container runtimes."""

    type: Literal["container"]
    format: Literal["", "docker", "crio", "containerd"] = ""
    """Empty finds it out for each line."""
    add_metadata_from_filepath: bool = True
    max_log_size: ByteSize = 0


class TimeParserConfig(TransformerConfig, TimestampConfig):
    """Timestamps."""

    type: Literal["time_parser"]


class SeverityParserConfig(TransformerConfig, SeverityConfig):
    """Severities."""

    type: Literal["severity_parser"]


class TraceParserConfig(TransformerConfig, TraceConfig):
    """Trace ids."""

    type: Literal["trace_parser"]


class ScopeNameParserConfig(TransformerConfig, ScopeNameConfig):
    """Scope names."""

    type: Literal["scope_name_parser"]


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


OperatorConfig = Annotated[
    JsonParserConfig
    | JsonArrayParserConfig
    | RegexParserConfig
    | CsvParserConfig
    | KeyValueParserConfig
    | UriParserConfig
    | SyslogParserConfig
    | ContainerParserConfig
    | TimeParserConfig
    | SeverityParserConfig
    | TraceParserConfig
    | ScopeNameParserConfig
    | AddConfig
    | MoveConfig
    | CopyConfig
    | RemoveConfig
    | RetainConfig
    | FlattenConfig
    | FilterConfig
    | RouterConfig
    | RecombineConfig
    | UnquoteConfig
    | RegexReplaceConfig
    | AssignKeysConfig
    | NoopConfig,
    Field(discriminator="type"),
]
MAX_OPERATORS = 200
