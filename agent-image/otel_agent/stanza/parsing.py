"""Parser operators: a parse function with its source and target, and what is read from the result."""

from otel_agent.stanza.annotations import embedded
from otel_agent.stanza.entry import Entry, EntryError
from otel_agent.stanza.fields import ATTRIBUTES, BODY, MISSING
from otel_agent.stanza.nodes import Transform
from otel_agent.stanza.operator_config import ParserConfig
from otel_agent.stanza.parser_config import (
    CsvParserConfig,
    JsonArrayParserConfig,
    JsonParserConfig,
    KeyValueParserConfig,
    RegexParserConfig,
    SyslogParserConfig,
    UriParserConfig,
)
from otel_agent.stanza.parsers.delimited import csv_parser, key_value_parser, parse_uri
from otel_agent.stanza.parsers.structured import Parse, json_array_parser, json_parser, regex_parser
from otel_agent.stanza.parsers.syslog_message import SEVERITIES, SyslogParser


def parser(config: ParserConfig) -> Transform:
    """Return what a parser operator does to an entry; ValueError for a configuration that cannot work."""
    if isinstance(config, CsvParserConfig) and config.header_attribute:
        return _csv_by_attribute(config)
    if isinstance(config, SyslogParserConfig):
        return _syslog(config)
    return parse_with(config, _parse_function(config))


def _parse_function(config: ParserConfig) -> Parse:
    match config:
        case JsonParserConfig():
            return json_parser(parse_ints=config.parse_ints)
        case JsonArrayParserConfig():
            return json_array_parser(config.header)
        case RegexParserConfig():
            return regex_parser(config.regex, config.cache.size)
        case CsvParserConfig():
            return _csv(config, config.header)
        case KeyValueParserConfig():
            return key_value_parser(config.delimiter, config.pair_delimiter)
        case UriParserConfig():
            return parse_uri
    raise TypeError(f"{type(config).__name__} is no parser")


def parse_with(config: ParserConfig, parse: Parse) -> Transform:
    """Return a transform: parse, store, then everything that is embedded, of which the first error counts."""
    source, target, body = config.parse_from, config.parse_to, config.body
    following = embedded(config)
    plain = source == BODY and target == ATTRIBUTES and body is None

    def transform(entry: Entry) -> None:
        if plain and entry.body is not None:
            entry.attributes.update(parse(entry.body))
        else:
            target.set(entry, parse(source.require(entry)))
            if body is not None and (found := body.get(entry)) is not MISSING:
                entry.body = found
        failed: EntryError | None = None
        for step in following:
            try:
                step(entry)
            except EntryError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    return transform


def _csv(config: CsvParserConfig, header: str) -> Parse:
    names = header.split(config.header_delimiter or config.delimiter)
    return csv_parser(names, config.delimiter, lazy_quotes=config.lazy_quotes, ignore_quotes=config.ignore_quotes)


def _csv_by_attribute(config: CsvParserConfig) -> Transform:
    """Each entry brings its own header; the latest one's parser is kept."""
    latest: tuple[str, Transform] | None = None

    def transform(entry: Entry) -> None:
        nonlocal latest
        header = entry.attributes.get(config.header_attribute)
        if type(header) is not str:
            raise EntryError(f"failed to read dynamic header attribute {config.header_attribute}")
        if latest is None or latest[0] != header:
            latest = (header, parse_with(config, _csv(config, header)))
        latest[1](entry)

    return transform


def _syslog(config: SyslogParserConfig) -> Transform:
    """Timestamp and severity of the message become the entry's, unless the configuration takes them from elsewhere."""
    syslog = SyslogParser(
        config.protocol,
        config.location,
        octet_counting=config.enable_octet_counting,
        skip_priority=config.allow_skip_pri_header,
        trailer=config.non_transparent_framing_trailer,
        max_octets=config.max_octets,
    )
    own: dict[str, int | None] = {}

    def parse(value: object) -> dict[str, object]:
        own.clear()
        found = syslog.parse(value)
        own["timestamp"] = found.pop("timestamp")
        own["severity"] = found.get("severity")  # embedded operators may read it
        return found

    transform = parse_with(config, parse)

    def annotate(entry: Entry) -> None:
        try:
            transform(entry)
        finally:
            if own:
                _adopt(entry, own["timestamp"], own["severity"])

    def _adopt(entry: Entry, moment: int | None, number: int | None) -> None:
        parsed = config.parse_to.get(entry)
        if isinstance(parsed, dict):
            parsed.pop("severity", None)
        if moment is not None and config.timestamp is None:
            entry.timestamp = moment
        if number is not None and config.severity is None:
            entry.severity_text, entry.severity = SEVERITIES[number]

    return annotate
