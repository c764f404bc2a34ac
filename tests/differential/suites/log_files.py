"""The file_log receiver: files of several kinds with lines that do not fit between them, through chains of operators."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from tests.differential.comparing import Difference, Item
from tests.differential.sources import CASE, Case, SourceSuite, Where

Operators = list[dict[str, Any]]
_LINES = 12
_WORDS = (
    "started",
    "GET /api/v1/items",
    "error: timeout",
    "user=42",
    "ünïcödé 日本",
    "tab\there",
    'quote"d',
    "back\\slash",
    "",
    " pad ",
)
_LEVELS = ("INFO", "info", "WARN", "warning", "ERROR", "error", "DEBUG", "FATAL", "trace", "err", "notice", "x", "3", "")
_MONTHS = ("Jan", "Feb", "Nov", "Dec")


def _iso(random: Random) -> str:
    date = f"2026-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
    return f"{date}T{random.randint(0, 23):02d}:00:{random.randint(0, 59):02d}.{random.randint(0, 999):03d}Z"


def _json(random: Random) -> str:
    record: dict[str, Any] = {"time": _iso(random), "level": random.choice(_LEVELS), "msg": random.choice(_WORDS)}
    for key in random.sample(("n", "f", "b", "nil", "deep", "list", "trace_id", "span_id", "user.id"), random.randint(0, 5)):
        record[key] = {
            "n": random.choice((0, 17, -3, 2**53, 2**63, 10**20)),
            "f": random.choice((0.5, 1e21, 3.0, -1e-7)),
            "b": True,
            "nil": None,
            "deep": {"a": {"b": random.choice(_WORDS)}, "c": [1, {"d": 2}]},
            "list": [1, "two", None, {"k": 1}],
            "trace_id": random.choice((random.randbytes(16).hex(), "short", "")),
            "span_id": random.randbytes(8).hex(),
            "user.id": "u1",
        }[key]
    return json.dumps(record, ensure_ascii=random.random() < 0.5)


def _pairs(random: Random) -> str:
    words = ("a", "two", '"two words"', "1", "x:y", "''", "=")
    return " ".join(
        f"{random.choice(('k', 'level', 'user', 'n'))}{i}={random.choice(words)}" for i in range(random.randint(1, 4))
    )


def _csv(random: Random) -> str:
    cells = ("a", "1", '"x,y"', '"say ""hi"""', "", " pad ", "ü")
    return ",".join(random.choice(cells) for _ in range(random.choice((3, 3, 3, 3, 2, 4))))


def _access(random: Random) -> str:
    client = f"10.0.0.{random.randint(1, 9)} - - [{random.randint(1, 28):02d}/Nov/2026:10:00:00 +0100]"
    answer = f"{random.choice((200, 404, 500))} {random.randint(0, 9999)} {random.choice(_LEVELS)}"
    return f'{client} "GET /a HTTP/1.1" {answer}'


def _syslog_3164(random: Random) -> str:
    moment = f"{random.choice(_MONTHS)} {random.randint(1, 28):2d} 10:00:{random.randint(0, 59):02d}"
    return f"<{random.randint(0, 191)}>{moment} host app[{random.randint(1, 99)}]: {random.choice(_WORDS[:5])}"


def _syslog_5424(random: Random) -> str:
    data = random.choice(("-", '[id@1 a="1" b="x y"]', '[a@1 k="v"][b@2 z="\\"q\\""]'))
    process = f"{random.choice(('-', '77'))} {random.choice(('-', 'ID1'))}"
    return f"<{random.randint(0, 191)}>1 {_iso(random)} host app {process} {data} {random.choice(_WORDS[:4])}"


def _cri(random: Random) -> str:
    return f"{_iso(random)} {random.choice(('stdout', 'stderr'))} {random.choice('FFFP')} {random.choice(_WORDS)}"


def _docker(random: Random) -> str:
    return json.dumps({"log": random.choice(_WORDS) + "\n", "stream": random.choice(("stdout", "stderr")), "time": _iso(random)})


def _stack(random: Random) -> str:
    return f"{_iso(random)} ERROR boom\n" + "".join(f"  at f{i}\n" for i in range(random.randint(0, 3)))


_ACCESS = (
    r'^(?P<ip>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+) [^"]*" '
    r"(?P<status>\d+) (?P<size>\d+) ?(?P<level>\w*)$"
)
_TIME = {"parse_from": "attributes.time", "layout_type": "gotime", "layout": "2006-01-02T15:04:05.000Z"}
_STRPTIME = {"parse_from": "attributes.time", "layout": "%Y-%m-%dT%H:%M:%S.%LZ"}
_LEVEL = {"parse_from": "attributes.level"}
_MAPPING = {"error": ["err", "x"], "warn": [{"min": 2, "max": 4}], "info": "notice"}


def _json_operators(random: Random) -> Operators:
    parser: dict[str, Any] = {"type": "json_parser"}
    if random.random() < 0.3:
        parser["parse_to"] = random.choice(("body", "attributes.parsed", 'resource["parsed"]'))
    elif random.random() < 0.6:
        parser |= {"timestamp": random.choice((_TIME, _STRPTIME))} if random.random() < 0.6 else {}
        if random.random() < 0.6:
            parser["severity"] = {
                **_LEVEL,
                **({"mapping": _MAPPING} if random.random() < 0.5 else {}),
                **({"overwrite_text": True} if random.random() < 0.3 else {}),
            }
        if random.random() < 0.4:
            parser["trace"] = {"trace_id": {"parse_from": "attributes.trace_id"}, "span_id": {"parse_from": "attributes.span_id"}}
        if random.random() < 0.3:
            parser["body"] = "attributes.msg"
    if random.random() < 0.2:
        parser["on_error"] = random.choice(("drop", "send_quiet", "drop_quiet"))
    if random.random() < 0.2:
        parser["if"] = random.choice(('body matches "level"', 'body contains "ERROR"', "len(body) > 90"))
    return [parser, *_shape(random)]


def _shape(random: Random) -> Operators:
    """Operators that move parsed values about."""
    some: tuple[dict[str, Any], ...] = (
        {"type": "move", "from": "attributes.msg", "to": "body"},
        {"type": "move", "from": "attributes.level", "to": "attributes.severity.text"},
        {"type": "copy", "from": "attributes.msg", "to": "attributes.copied"},
        {"type": "copy", "from": "attributes.deep", "to": "resource.deep"},
        {"type": "remove", "field": "attributes.time"},
        {"type": "remove", "field": "attributes"},
        {"type": "add", "field": "attributes.added", "value": random.choice(("text", 5, True, {"a": [1]}))},
        {"type": "add", "field": "attributes.joined", "value": 'EXPR(attributes.level + "!")'},
        {"type": "add", "field": 'resource["service.name"]', "value": "shop"},
        {"type": "retain", "fields": ["attributes.msg", "attributes.deep.a"]},
        {"type": "flatten", "field": "attributes.deep"},
        {"type": "filter", "expr": 'attributes.level == "INFO"'},
        {"type": "filter", "expr": 'body matches "error"'},
        {"type": "noop"},
        {"type": "severity_parser", "parse_from": "attributes.level", "preset": random.choice(("default", "none"))},
        {"type": "scope_name_parser", "parse_from": "attributes.msg"},
        {"type": "unquote", "field": "attributes.msg"},
        {
            "type": "router",
            "routes": [
                {"output": "routed", "expr": 'attributes.level == "INFO"', "attributes": {"route": "info"}},
                {"output": "routed", "expr": 'attributes.msg matches "GET"'},
            ],
            "default": "routed",
        },
    )
    chosen = random.sample(some, random.randint(0, 3))
    if any(operator["type"] == "router" for operator in chosen):
        chosen = [operator for operator in chosen if operator["type"] != "router"] + [some[-1], {"type": "noop", "id": "routed"}]
    return chosen


def _of(parser: dict[str, Any]) -> Callable[[Random], Operators]:
    def operators(random: Random) -> Operators:
        extra = {"severity": _LEVEL} if random.random() < 0.3 else {}
        return [{**parser, **extra}, *_shape(random)]

    return operators


def _container(random: Random) -> Operators:
    return [
        {"type": "container", "add_metadata_from_filepath": False, **({"format": "containerd"} if random.random() < 0.3 else {})}
    ]


def _recombined(random: Random) -> Operators:
    operator: dict[str, Any] = {"type": "recombine", "combine_field": "body", "force_flush_period": "300ms"}
    if random.random() < 0.5:
        operator["is_first_entry"] = 'body matches "^2026"'
    else:
        operator["is_last_entry"] = 'body matches "f0$"'
    operator |= {"combine_with": random.choice(("", " | "))} if random.random() < 0.5 else {}
    operator |= {"max_batch_size": 3} if random.random() < 0.3 else {}
    operator |= {"overwrite_with": "newest"} if random.random() < 0.3 else {}
    return [operator]


KINDS: dict[str, tuple[Callable[[Random], str], Callable[[Random], Operators]]] = {
    "json": (_json, _json_operators),
    "plain": (_access, lambda random: []),
    "regex": (_access, _of({"type": "regex_parser", "regex": _ACCESS})),
    "pairs": (_pairs, _of({"type": "key_value_parser"})),
    "csv": (_csv, _of({"type": "csv_parser", "header": "a,b,c"})),
    "csv-lazy": (_csv, _of({"type": "csv_parser", "header": "level,b,c", "lazy_quotes": True})),
    "syslog3164": (_syslog_3164, _of({"type": "syslog_parser", "protocol": "rfc3164", "location": "Europe/Berlin"})),
    "syslog5424": (_syslog_5424, _of({"type": "syslog_parser", "protocol": "rfc5424"})),
    "cri": (_cri, _container),
    "docker": (_docker, _container),
    "stack": (_stack, _recombined),
}


def case_of(kind: str) -> Callable[[Random, Where, str], Case]:
    """Return what makes cases of a kind of file."""
    line, operators = KINDS[kind]

    def generate(random: Random, where: Where, number: str) -> Case:
        lines = [line(random) if random.random() < 0.93 else random.choice(_WORDS) for _ in range(random.randint(1, _LINES))]
        text = "\n".join(lines) + random.choice(("\n", "\n", "\n\n"))
        receiver: dict[str, Any] = {
            "include": [str(where.folder / "*.log")],
            "start_at": "beginning",
            "poll_interval": "100ms",
            "resource": {CASE: number},
            "operators": operators(random),
            "include_file_name": random.random() < 0.5,
            "include_file_record_number": True,
        }
        if kind == "stack" and random.random() < 0.5:
            receiver |= {"multiline": {"line_start_pattern": "^2026"}, "operators": []}
        if kind == "plain":
            receiver |= random.choice(
                (
                    {"include_file_record_offset": True},
                    {"preserve_leading_whitespaces": True},
                    {"preserve_trailing_whitespaces": True},
                    {"max_log_size": "64"},
                    {"multiline": {"line_end_pattern": "(INFO|ERROR)$"}},
                    {"multiline": {"line_start_pattern": "^10", "omit_pattern": True}},
                    {"encoding": "nop"},
                    {"encoding": "ascii"},
                    {"encoding": "utf-8-raw"},
                )
            )
        about = json.dumps(
            {key: value for key, value in receiver.items() if key not in ("include", "resource")}, ensure_ascii=False
        )
        return Case(_escaped(receiver), {"app.log": text.encode()}, about)

    return generate


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _escaped(member) for key, member in value.items()}
    return [_escaped(member) for member in value] if isinstance(value, list) else value


def _normalized(item: Item) -> Item:
    form = {key: value for key, value in item.item.items() if key != "observed_time_unix_nano"}
    if "time_unix_nano" not in form and "observed_time_unix_nano" not in item.item:
        form["no observed time"] = True
    return Item(item.resource, item.scope, form)


def _place(item: Item) -> tuple[int, str]:
    """The number of the line, which a router does not keep in order; of records without it all that they say."""
    number = item.item.get("attributes", {}).get("log.file.record_number") or {}
    return number.get("int", 0), json.dumps(item.item, sort_keys=True)


def known(about: str, difference: Difference) -> str | None:
    """Return the reason of a difference that the receiver's README lists."""
    if difference.go is None or difference.ours is None:
        return None
    go, ours = difference.go.item, difference.ours.item
    theirs, mine = (str((form.get("body") or {}).get("string")) for form in (go, ours))
    if "omit_pattern" in about and theirs == f"10{mine}":
        return "omit_pattern: Go keeps it in the last record of a file"
    if '"ascii"' in about and "\ufffd" in mine:
        return "encoding: what is not valid in it has U+FFFD in its place"
    if theirs == f"{mine}\n" and {**go, "body": None} == {**ours, "body": None}:
        return "container: Go keeps the newline of Docker's format"
    left = {key: value for key, value in go.get("attributes", {}).items() if key not in ("timestamp", "severity")}
    if "syslog_parser" in about and {**go, "attributes": left} == {"attributes": {}, **ours}:
        return "syslog_parser: Go leaves timestamp and severity among the attributes where a parser in it fails"
    return None


SUITES = tuple(
    SourceSuite(f"file_log-{kind}", "file_log", "logs", case_of(kind), _normalized, order=_place, known=known) for kind in KINDS
)
