"""Calls of converters with places for generated arguments: `$0` is the attribute `a0` of the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.differential.generating import double, integer, scalar, text, value
from tests.differential.suites.inputs import documents, encoded, formats, lines, moments, network, words

Make = Callable[[Random], Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A value expression of OTTL and what its arguments are made of."""

    text: str
    arguments: tuple[Make, ...] = ()
    target: str = 'attributes["out"]'
    """The path that the value is assigned to."""


def _each(names: str, pattern: str, *arguments: Make) -> tuple[Template, ...]:
    return tuple(Template(pattern.replace("F", name, 1), arguments) for name in names.split())


_TIMES = "UnixNano(Unix($0, $1))"
_FORMATS = (
    "%Y-%m-%dT%H:%M:%S.%L%z",
    "%Y-%m-%d %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a %b %e %H:%M:%S %Y",
    "%D %r",
    "%F %T,%f",
    "%y%m%d %I:%M %p",
    "%A, %d %B %Y %l:%M:%S %P",
    "%c",
    "%x %X",
    "%m/%g/%y %R",
    "%Y-%m-%dT%H:%M:%S%j",
    "%Y-%m-%dT%H:%M:%S.%s%i",
    "%H:%M:%S %k %w %Y%%%n%t",
    "%o %q %h %e",
    "Jan %Y at %H PM",
)

GROUPS: dict[str, tuple[Template, ...]] = {
    "types": (
        *_each("IsString IsInt IsDouble IsBool IsMap IsList String Int Double Bool Hex Len IsValidLuhn Log", "F($0)", value),
        *_each("IsValidLuhn Int Double Bool", "F($0)", words.digits),
        Template('IsMatch($0, "^[a-c]+|\\\\d+$")', (value,)),
        Template("IsMatch($0, $1)", (text, words.pattern)),
        Template("ParseInt($0, $1)", (words.digits, words.base)),
        Template("Log($0)", (double,)),
    ),
    "strings": (
        Template("Concat([$0, $1, $2], $3)", (value, scalar, text, text)),
        Template("Split($0, $1)", (text, words.delimiter)),
        Template("Substring($0, $1, $2)", (words.ascii_text, words.small, words.small)),
        Template("Substring($0, $1, $2, true)", (text, words.small, words.small)),
        Template("Trim($0)", (text,)),
        Template('Trim($0, " ab=")', (text,)),
        Template('Trim($0, "")', (text,)),
        *_each("TrimPrefix TrimSuffix HasPrefix HasSuffix", "F($0, $1)", text, words.short),
        *_each("ToLowerCase ToUpperCase ToSnakeCase ToCamelCase", "F($0)", words.cased),
        *(Template(f'ConvertCase($0, "{case}")', (words.cased,)) for case in ("lower", "upper", "snake", "camel")),
        Template("ToKeyValueString($0)", (words.one_pair,)),
        Template('ToKeyValueString($0, ":", "; ", true)', (words.map_of(scalar),)),
        Template('ToKeyValueString($0, "=", ",", true)', (words.map_of(value),)),
    ),
    "format": tuple(Template(f"Format({quoted}, {arguments})", makes) for quoted, arguments, makes in formats.formats()),
    "parse": (
        Template("ParseJSON($0)", (documents.json_text,)),
        Template("ParseKeyValue($0)", (documents.key_values,)),
        Template('ParseKeyValue($0, ":", ",")', (documents.key_values,)),
        Template('ParseKeyValue($0, "=>", "; ")', (documents.key_values,)),
        *(
            Template(f'ParseCSV($0, "a,b,c", mode="{mode}")', (documents.csv_row,))
            for mode in ("strict", "lazyQuotes", "ignoreQuotes")
        ),
        Template('ParseCSV($0, $1, ";", "|")', (documents.csv_row, documents.header)),
        Template("ParseInt($0, 0)", (words.digits,)),
        Template('ExtractPatterns($0, "(?P<w>[a-z]+)(?P<n>\\\\d+)?")', (text,)),
        Template("ExtractPatterns($0, $1)", (text, words.pattern)),
        Template(
            'ParseSeverity($0, {"error": [{"equals": ["err", "error"]}, {"range": {"min": 3, "max": 5}}], '
            '"warn": [{"range": "4xx"}]})',
            (words.level,),
        ),
    ),
    "grok": (
        *(
            Template(f'ExtractGrokPatterns($0, "{pattern}", {only})', (lines.log_line,))
            for only in ("true", "false")
            for pattern in lines.GROK
        ),
        Template(
            'ExtractGrokPatterns($0, "%{ORDER:order} %{INT:n:int}", true, ["ORDER=o-[a-z]+", "UNUSED=x"])', (lines.log_line,)
        ),
    ),
    "web": (
        Template("URL($0)", (network.url,)),
        Template("UserAgent($0)", (network.user_agent,)),
        Template('IsInCIDR($0, ["10.0.0.0/8", "2001:db8::/32", "::ffff:192.168.0.0/112"])', (network.address,)),
        Template("IsInCIDR($0, [$1])", (network.address, network.network)),
        Template("CommunityID($0, $1, $2, $3)", (network.address, network.port, network.address, network.port)),
        Template(
            "CommunityID($0, $1, $2, $3, $4, $5)",
            (network.address, network.port, network.address, network.port, network.protocol, network.port),
        ),
    ),
    "encoding": (
        *_each("MD5 SHA1 SHA256 SHA512 FNV Murmur3Hash Murmur3Hash128 XXH3 XXH128 Base64Encode", "F($0)", words.long_text),
        *_each("MD5 FNV", "F($0)", value),
        *(Template(f'Base64Encode($0, "{variant}")', (text,)) for variant in encoded.BASE64),
        Template("Base64Decode($0)", (encoded.base64_text,)),
        *(Template(f'Decode($0, "{variant}")', (encoded.base64_text,)) for variant in encoded.BASE64),
        *(Template(f'Decode($0, "{name}")', (encoded.bytes_in(codec),)) for name, codec in encoded.CHARSETS.items()),
        Template("Decode($0, $1)", (value, encoded.encoding_name)),
        Template("TraceID($0)", (words.identifier,), "trace_id"),
        Template("SpanID($0)", (words.identifier,), "span_id"),
    ),
    "collections": (
        *_each("Keys Values Len", "F($0)", value),
        *_each("Keys Values", "F($0)", words.one_pair),
        Template("Sort($0)", (words.sortable,)),
        Template('Sort($0, "desc")', (words.sortable,)),
        Template("Sort([$0, $1, $2])", (integer, double, integer)),
        Template("Index($0, $1)", (words.text_or_list, scalar)),
        Template("Index($0, $1)", (text, words.short)),
        Template("ContainsValue($0, $1)", (words.list_of(scalar), scalar)),
        Template("ContainsValue($0, $1)", (words.list_of(words.small), words.small)),
        Template("Coalesce([$0, $1, $2])", (words.mostly_nil, words.mostly_nil, value)),
        Template("SliceToMap($0)", (words.list_of(value),)),
        Template('SliceToMap($0, ["name"])', (words.named_list,)),
        Template('SliceToMap($0, ["name"], ["value"])', (words.named_list,)),
        Template('SliceToMap($0, ["at", "name"], ["at"])', (words.named_list,)),
        Template('SliceToMap($0, value_path=["value"])', (words.named_list,)),
        Template("IsList([$0])", (value,)),
        Template('IsList(Split($0, ","))', (text,)),
        Template("Len([$0, $1])", (value, value)),
    ),
    "time": (
        *_each("UnixNano UnixMicro UnixMilli UnixSeconds", "F(Unix($0, $1))", moments.seconds, moments.nanoseconds),
        *_each("Year Month Day Hour Minute Second Nanosecond Weekday", "F(Unix($0, $1))", moments.seconds, moments.nanoseconds),
        *_each("Hours Minutes Seconds Milliseconds Microseconds Nanoseconds", "F(Duration($0))", moments.duration),
        Template("String(Duration($0))", (moments.duration,)),
        Template("String(Unix($0, $1))", (moments.seconds, moments.nanoseconds)),
        Template("UnixNano(TruncateTime(Unix($0, $1), Duration($2)))", (moments.seconds, moments.nanoseconds, moments.duration)),
        *(Template(f'FormatTime(Unix($0, $1), "{form}")', (moments.seconds, moments.nanoseconds)) for form in _FORMATS),
    ),
    "strptime": tuple(
        Template(f'UnixNano(Time($0, "{form}"{rest}))', (moments.time_text(form),)) for form, rest in moments.TIME_FORMATS
    ),
    "locales": tuple(
        Template(f'UnixNano(Time($0, "%d {month} %Y", "UTC", "{locale}"))', (moments.localized,))
        for locale in moments.LOCALES
        for month in ("%B", "%b")
    ),
    "xml": (
        *_each("ParseXML ParseSimplifiedXML", "F($0)", documents.xml),
        *_each("ConvertAttributesToElementsXML ConvertTextToElementsXML", "F($0)", documents.xml),
        *(
            Template(f'{name}($0, "{path}")', (documents.xml,))
            for path in documents.XPATHS
            for name in ("GetXML", "RemoveXML", "ConvertAttributesToElementsXML", "ConvertTextToElementsXML")
        ),
        *(Template(f'InsertXML($0, "{path}", $1)', (documents.xml, documents.small_xml)) for path in documents.XPATHS),
        Template('ConvertTextToElementsXML($0, "/a", "text")', (documents.xml,)),
    ),
}
"""Templates by the group that is one configuration."""
