"""Any operator's configuration. Each type is one model."""

from typing import Annotated

from pydantic import Field

from otel_agent.stanza.parser_config import (
    ContainerParserConfig,
    CsvParserConfig,
    JsonArrayParserConfig,
    JsonParserConfig,
    KeyValueParserConfig,
    RegexParserConfig,
    ScopeNameParserConfig,
    SeverityParserConfig,
    SyslogParserConfig,
    TimeParserConfig,
    TraceParserConfig,
    UriParserConfig,
)
from otel_agent.stanza.transform_config import (
    AddConfig,
    AssignKeysConfig,
    CopyConfig,
    FilterConfig,
    FlattenConfig,
    MoveConfig,
    NoopConfig,
    RecombineConfig,
    RegexReplaceConfig,
    RemoveConfig,
    RetainConfig,
    RouterConfig,
    UnquoteConfig,
)

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
