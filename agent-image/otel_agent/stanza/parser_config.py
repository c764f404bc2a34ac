"""Configuration of the operators that parse."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from otel_agent.config.model import ConfigModel
from otel_agent.stanza.operator_config import (
    ParserConfig,
    ScopeNameConfig,
    SeverityConfig,
    TimestampConfig,
    TraceConfig,
    TransformerConfig,
)
from otel_agent.stanza.sizes import ByteSize
from otel_agent.stanza.times import find_location


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
