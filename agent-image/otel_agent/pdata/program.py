"""Programs over request bytes: what attribute edits and filters compile to, natively or portably.

This is the seam below the processors that edit or filter (attributes, resource, filter, and the common forms of transform): a
component translates its configuration into the plain data described here, once, and calls the program for every request. A
program is for one signal and one level; a component with several levels runs several programs, outer ones first.

    program = kernel.compile_edits(Signal.TRACES, "span", [
        (("upsert", "region", ("value", "eu")), None),
        (("delete", "password"), ("matches", ("resource", "attributes", "service.name"), "^shop")),
    ])
    data = program.edit(data)

    program = kernel.compile_filter(Signal.LOGS, "log", ("<", ("log", "severity_number"), 9))
    data, items, dropped = program.keep(data)

Level: "resource" and "scope", and below them by signal "span" and "spanevent", "metric" and "datapoint", or "log".

Path: `(level, "attributes", key)` or `(level, field)` with a field of `FIELDS`; the level is the program's or one above it.
An attribute that is not there is None; of several with one key the first is read. A field that is not set has its default.

Condition, true or false, and never an error:
    ("==" | "!=" | "<" | "<=" | ">" | ">=", path, literal)   literal: None, bool, int, float, str, bytes; compared by the table of
        OTTL: numbers with each other, otherwise only the same type; None equals None and empty bytes; what does not compare is
        not equal, and no ordering of it is true
    (the same, path, path)   two values with each other; lists and maps equal nothing, not each other either
    ("is", path, literal)   equal, and of the same type
    ("matches", path, pattern)   finds the pattern (RE2) in a text; of other types false
    ("text_matches", path, pattern)   finds it in a text, or in a bool or number as text (doubles without exponent); else false
    ("like", path, pattern)   finds it in any value's text: numbers, booleans, lists and maps as JSON, bytes in hex; not in nil
    ("exists", path)   of an attribute
    ("and" | "or", condition, ...), ("not", condition)

Edit, of the attributes of the messages of the program's level:
    ("insert" | "update" | "upsert", key, source)   only where absent, only where present, both; source is ("value", value) with
        any literal but None, or lists and string-keyed dicts of them, or ("from", path); from an absent attribute nothing is set
    ("delete", key), ("delete_matching", pattern)
    ("keep", [key, ...]), ("keep_matching", pattern)   delete all others
    ("hash", key, "sha1" | "sha256"), ("hash_matching", pattern, ...)   to the hex digest of text, of a bool's byte, of a number's
        eight bytes (little endian); to "" for other types, and for empty text under SHA-1, as the Go collector does
    ("extract", key, pattern)   upserts an attribute for each named group when the pattern is found in a text
    ("convert", key, "int" | "double" | "string")   leaves what cannot be converted: lists and maps, text that is no number
Or of a field of theirs, and that of metrics as well:
    ("assign", field, source)   of `ASSIGNABLE`; from a value of another type, and from nothing, it is not
Keys that occur several times are all updated, deleted, hashed and converted.

Step: `(edit, condition or None)`; steps see what the steps before them did. A condition for all steps of a program is asked
once for each message, before its first step.

A filter drops the messages that meet its condition, and then resources, scopes and metrics that hold nothing any more (a span
without events stays).

Requests must have passed `check`. Of others, a program may raise InvalidTelemetry or copy what is malformed.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from otel_agent.pdata.telemetry import Signal

Path = tuple[str, ...]
Condition = tuple[Any, ...]
Edit = tuple[Any, ...]
Step = tuple[Edit, Condition | None]

LEVELS = {
    Signal.TRACES: ("resource", "scope", "span", "spanevent"),
    Signal.METRICS: ("resource", "scope", "metric", "datapoint"),
    Signal.LOGS: ("resource", "scope", "log"),
}
"""Outermost first."""

FIELDS = {
    "resource": (),
    "scope": ("name", "version"),
    "span": (
        *("trace_id", "span_id", "parent_span_id", "trace_state", "name", "kind", "status.code", "status.message"),
        *("start_time_unix_nano", "end_time_unix_nano"),
    ),
    "spanevent": ("name", "time_unix_nano"),
    "metric": ("name", "description", "unit", "type"),
    "datapoint": ("start_time_unix_nano", "time_unix_nano"),
    "log": (
        *("time_unix_nano", "observed_time_unix_nano", "severity_number", "severity_text", "body", "trace_id", "span_id"),
        "event_name",
    ),
}
"""Fields by level, in OTTL's names; `type` is OTTL's METRIC_DATA_TYPE_*. Times are int, 64 bits and signed."""

TEXT_FIELDS = ("name", "version", "description", "unit", "trace_state", "severity_text", "event_name", "status.message")
"""Fields that are text, at whatever level."""
ASSIGNABLE = (
    *TEXT_FIELDS,
    *("kind", "status.code", "severity_number"),
    *("start_time_unix_nano", "end_time_unix_nano", "time_unix_nano", "observed_time_unix_nano"),
)
"""Fields that edits assign; what is no text is an integer, and cut to 32 bits where it is no time."""

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
MAX_NESTING = 32
"""Conditions and values inside each other."""

_SETS = ("insert", "update", "upsert")
_INT64 = range(-(2**63), 2**63)


class EditProgram(Protocol):
    """Compiled edits."""

    def edit(self, data: bytes, /) -> bytes:
        """Return the edited request; `data` itself if nothing changed."""


class FilterProgram(Protocol):
    """A compiled filter."""

    def keep(self, data: bytes, /) -> tuple[bytes, int, int]:
        """Return the request without what is dropped, its items, and how many messages of the level were dropped."""


def check_edits(signal: Signal, level: str, steps: Sequence[Step], condition: Condition | None = None) -> None:
    """ValueError, naming the step, for what is no list of steps; patterns are checked when they are compiled."""
    levels = _levels(signal, level)
    if condition is not None:
        _check_condition(levels, condition, MAX_NESTING)
    for number, (edit, only) in enumerate(steps, 1):
        try:
            if level == "metric" and edit[:1] != ("assign",):
                raise ValueError("a metric has no attributes to edit; its data points have")
            _check_edit(levels, edit)
            if only is not None:
                _check_condition(levels, only, MAX_NESTING)
        except ValueError as error:
            raise ValueError(f"step {number}: {error}") from error


def check_filter(signal: Signal, level: str, condition: Condition) -> None:
    """ValueError for what is no condition."""
    _check_condition(_levels(signal, level), condition, MAX_NESTING)


def _levels(signal: Signal, level: str) -> tuple[str, ...]:
    known = LEVELS[signal]
    if level not in known:
        raise ValueError(f"{signal} have no level {level!r}; known: {', '.join(known)}")
    return known[: known.index(level) + 1]


def _check_edit(levels: tuple[str, ...], edit: Edit) -> None:
    match edit:
        case (action, str(), source) if action in _SETS:
            _check_source(levels, source)
        case ("delete" | "delete_matching", str()):
            pass
        case ("keep", list() as keys) if all(isinstance(key, str) for key in keys):
            pass
        case ("keep_matching", str()):
            pass
        case ("assign", str() as field, source) if field in ASSIGNABLE and field in FIELDS[levels[-1]]:
            _check_assigned(levels, field, source)
        case ("hash" | "hash_matching", str(), "sha1" | "sha256"):
            pass
        case ("extract", str(), str()):
            pass
        case ("convert", str(), "int" | "double" | "string"):
            pass
        case _:
            raise ValueError(f"not an edit: {edit!r}")


def _check_source(levels: tuple[str, ...], source: Any) -> None:
    match source:
        case ("value", value):
            _check_value(value, MAX_NESTING)
        case ("from", path):
            _check_path(levels, path)
        case _:
            raise ValueError(f"not a source of a value: {source!r}")


def _check_assigned(levels: tuple[str, ...], field: str, source: Any) -> None:
    _check_source(levels, source)
    if source[0] == "value" and type(source[1]) is not (str if field in TEXT_FIELDS else int):
        raise ValueError(f"{field} does not take {source[1]!r}")


def _check_value(value: Any, nesting: int) -> None:
    if nesting == 0:
        raise ValueError("values nested too deep")
    if isinstance(value, list):
        for member in value:
            _check_value(member, nesting - 1)
    elif isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise ValueError(f"the keys of a map are strings, not {key!r}")
            _check_value(member, nesting - 1)
    elif value is None:
        raise ValueError("an attribute cannot be set to nothing")
    else:
        _check_literal(value)


def _check_literal(value: Any) -> None:
    if isinstance(value, int) and not isinstance(value, bool) and value not in _INT64:
        raise ValueError(f"{value} does not fit in 64 bits")
    if value is not None and not isinstance(value, (bool, int, float, str, bytes)):
        raise ValueError(f"not a value: {value!r}")


def _check_condition(levels: tuple[str, ...], condition: Condition, nesting: int) -> None:
    if nesting == 0:
        raise ValueError("conditions nested too deep")
    match condition:
        case ("and" | "or", *parts):
            for part in parts:
                _check_condition(levels, part, nesting - 1)
        case ("not", part):
            _check_condition(levels, part, nesting - 1)
        case ("exists", path):
            _check_path(levels, path)
            if path[1] != "attributes":
                raise ValueError(f"{'.'.join(path)} always exists; only an attribute can be asked for")
        case ("matches" | "text_matches" | "like", path, str()):
            _check_path(levels, path)
        case (comparison, path, tuple() as other) if comparison in COMPARISONS:
            _check_path(levels, path)
            _check_path(levels, other)
        case (comparison, path, literal) if comparison in COMPARISONS or comparison == "is":
            _check_path(levels, path)
            _check_literal(literal)
        case _:
            raise ValueError(f"not a condition: {condition!r}")


def _check_path(levels: tuple[str, ...], path: Any) -> None:
    match path:
        case (level, "attributes", str()) if level in levels and level != "metric":
            pass
        case (level, field) if level in levels and field in FIELDS[level]:
            pass
        case _:
            raise ValueError(f"no such path at level {levels[-1]}: {path!r}")
