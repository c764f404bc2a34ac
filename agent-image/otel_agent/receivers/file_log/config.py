"""Configuration of the file_log receiver."""

import codecs
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from otel_agent.config.featuregates import FILE_DELETION, process_gates
from otel_agent.config.ids import ComponentIdText
from otel_agent.config.model import ConfigModel, Duration
from otel_agent.stanza.config import MAX_OPERATORS, OperatorConfig
from otel_agent.stanza.sizes import ByteSize
from otel_agent.stanza.times import find_location, make_reader

LEAST_FINGERPRINT = 16
LEAST_LOG_SIZE = 64
WITHOUT_DECODING = ("nop", "utf-8-raw")
"""Encodings that are none: bytes as they are, and UTF-8 that is taken on trust."""
_CODECS = {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-32le": "utf-32-le", "utf-32be": "utf-32-be"}
_NOT_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib", "idna", "punycode", "unicode_escape"})


def codec_of(encoding: str) -> str:
    """Return the name of Python's codec for an IANA name; ValueError when there is none."""
    name = encoding.lower()
    try:
        found = codecs.lookup(_CODECS.get(name, name)).name
    except (LookupError, ValueError):
        raise ValueError(f'unsupported encoding "{encoding}"') from None
    if found in _NOT_TEXT or found.replace("-", "_") in _NOT_TEXT or found in ("utf-16", "utf-32", "utf-7"):
        raise ValueError(f'unsupported encoding "{encoding}", of UTF-16 and UTF-32 name the byte order, such as utf-16le')
    return found


class MultilineConfig(ConfigModel):
    """How records are told apart when they are not lines."""

    line_start_pattern: str = ""
    line_end_pattern: str = ""
    omit_pattern: bool = False

    @model_validator(mode="after")
    def check_patterns(self) -> Self:
        """Not both."""
        if self.line_start_pattern and self.line_end_pattern:
            raise ValueError("only one of line_start_pattern or line_end_pattern can be set")
        return self


class HeaderConfig(ConfigModel):
    """Lines at the beginning of a file that tell about all that follow."""

    pattern: str = Field(min_length=1)
    metadata_operators: list[OperatorConfig] = Field(min_length=1, max_length=MAX_OPERATORS)


class RetryOnFailureConfig(ConfigModel):
    """What happens to a batch that the pipeline refuses; intervals in seconds."""

    enabled: bool = False
    initial_interval: Duration = 1.0
    max_interval: Duration = 30.0
    max_elapsed_time: Duration = 300.0
    """0 retries for ever."""

    @model_validator(mode="after")
    def check_intervals(self) -> Self:
        """Intervals go forward."""
        if self.initial_interval <= 0 or self.max_interval <= 0 or self.max_elapsed_time < 0:
            raise ValueError("initial_interval and max_interval must be positive, max_elapsed_time not negative")
        return self


class SortConfig(ConfigModel):
    """One criterion of the order of files."""

    sort_type: Literal["numeric", "alphabetical", "timestamp", "mtime"]
    regex_key: str = ""
    ascending: bool = False
    layout: str = ""
    location: str = "UTC"

    @model_validator(mode="after")
    def check_sort(self) -> Self:
        """Demand a key for all but mtime, and a layout for timestamps."""
        if self.sort_type != "mtime" and not self.regex_key:
            raise ValueError(f"regex_key must be specified for sort_type {self.sort_type}")
        if self.sort_type == "timestamp":
            find_location(self.location)
            make_reader("strptime", self.layout, self.location)
        return self


class OrderingConfig(ConfigModel):
    """Which files are read when only the first ones are wanted."""

    regex: str = ""
    top_n: int = Field(default=1, ge=0)
    group_by: str = ""
    sort_by: list[SortConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def check_ordering(self) -> Self:
        """Keys are groups of the regex."""
        if any(sort.regex_key for sort in self.sort_by) and not self.regex:
            raise ValueError("'regex' must be specified when 'sort_by' has a regex_key")
        return self


class FileLogConfig(ConfigModel):
    """The file_log receiver."""

    include: list[str] = Field(min_length=1)
    exclude: list[str] = Field(default_factory=list)
    exclude_older_than: Duration = 0.0
    """Seconds since the last change; 0 excludes none."""
    ordering_criteria: OrderingConfig | None = None
    start_at: Literal["beginning", "end"] = "end"
    multiline: MultilineConfig = Field(default_factory=MultilineConfig)
    force_flush_period: Duration = 0.5
    """Seconds after which a line without an end is taken as it is; 0 waits for ever."""
    encoding: str = "utf-8"
    preserve_leading_whitespaces: bool = False
    preserve_trailing_whitespaces: bool = False
    include_file_name: bool = True
    include_file_path: bool = False
    include_file_name_resolved: bool = False
    include_file_path_resolved: bool = False
    include_file_owner_name: bool = False
    include_file_owner_group_name: bool = False
    include_file_permissions: bool = False
    include_file_record_number: bool = False
    include_file_record_offset: bool = False
    poll_interval: Duration = 0.2
    fingerprint_size: ByteSize = 1000
    initial_buffer_size: ByteSize = 16 * 1024
    max_log_size: ByteSize = 1024 * 1024
    max_log_size_behavior: Literal["split", "truncate"] = "split"
    max_concurrent_files: int = Field(default=1024, ge=2)
    max_batches: int = Field(default=0, ge=0)
    delete_after_read: bool = False
    acquire_fs_lock: bool = False
    file_cache_advise: bool = False
    """Tell the kernel that what was read need not stay in its cache."""
    on_truncate: Literal["read_whole_file", "read_new", "ignore"] = "read_whole_file"
    compression: Literal["", "gzip", "auto"] = ""
    polls_to_archive: int = Field(default=0, ge=0)
    header: HeaderConfig | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    resource: dict[str, str] = Field(default_factory=dict)
    operators: list[OperatorConfig] = Field(default_factory=list, max_length=MAX_OPERATORS)
    storage: ComponentIdText | None = None
    retry_on_failure: RetryOnFailureConfig = Field(default_factory=RetryOnFailureConfig)

    @field_validator("encoding")
    @classmethod
    def check_encoding(cls, encoding: str) -> str:
        """Refuse encodings that there are not."""
        if encoding.lower() not in WITHOUT_DECODING:
            codec_of(encoding)
        return encoding.lower()

    @model_validator(mode="before")
    @classmethod
    def take_no_ordering_as_none(cls, raw: Any) -> Any:
        """`ordering_criteria: {}` orders nothing."""
        if isinstance(raw, dict) and raw.get("ordering_criteria") == {}:
            return {key: value for key, value in raw.items() if key != "ordering_criteria"}
        return raw

    @model_validator(mode="after")
    def check_file_log(self) -> Self:
        """Ranges, and combinations that exclude each other."""
        if self.poll_interval <= 0:
            raise ValueError("poll_interval must be positive")
        if self.fingerprint_size < LEAST_FINGERPRINT:
            raise ValueError(f"'fingerprint_size' must be at least {LEAST_FINGERPRINT} bytes")
        if self.max_log_size < LEAST_LOG_SIZE:
            raise ValueError(f"'max_log_size' must be at least {LEAST_LOG_SIZE} bytes")
        if self.force_flush_period < 0 or self.exclude_older_than < 0:
            raise ValueError("force_flush_period and exclude_older_than must not be negative")
        if self.delete_after_read and self.start_at == "end":
            raise ValueError("'delete_after_read' cannot be used with 'start_at: end'")
        if self.delete_after_read and not process_gates().enabled(FILE_DELETION):
            raise ValueError(f"'delete_after_read' requires feature gate '{FILE_DELETION}'")
        if self.header is not None and self.start_at == "end":
            raise ValueError("cannot specify 'header' with 'start_at: end'")
        if any(not pattern for pattern in (*self.include, *self.exclude)):
            raise ValueError("a glob must not be empty")
        return self
