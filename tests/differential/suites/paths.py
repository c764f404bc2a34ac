"""Paths of OTTL by context, with what may be assigned to them, and literals that conditions and editors meet them with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random

KEYS = ("http.method", "http.status_code", "service.name", "error", "user.id", "k")
TEXTS = ("", "a", "GET", "error", "hello world", "x=y", "ünïcödé", "missing")
NUMBERS = ("0", "1", "-1", "2", "10", "255", "1000", "0.0", "1.5", "-1.5", "1000.0", "123456789.0", "9007199254740993")
PATTERNS = ("^[a-c]", "r$", "[0-9]+", "(?i)get", "^$", "", ".*=.*", "ö", "^(GET|error)$", "[[:upper:]]+", "\\d{2,}")
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Context:
    """A context of OTTL by the prefix of its paths."""

    name: str
    texts: tuple[str, ...]
    """Paths that hold text and may be assigned to."""
    integers: tuple[str, ...]
    """Paths that hold integers and may be assigned to."""
    anything: tuple[str, ...] = ()
    """Paths that hold any value."""
    only_read: tuple[str, ...] = ()
    enums: tuple[str, ...] = ()
    has_attributes: bool = True

    def map(self, random: Random) -> str:
        """Return a path of attributes."""
        if not self.has_attributes:
            return "resource.attributes"
        return random.choice((f"{self.name}.attributes",) * 3 + ("resource.attributes",))

    def attribute(self, random: Random) -> str:
        """Return a path of one attribute."""
        return f'{self.map(random)}["{random.choice(KEYS)}"]'

    def path(self, random: Random) -> str:
        """Return any path."""
        fields = (*self.texts, *self.integers, *self.anything, *self.only_read)
        return self.attribute(random) if random.random() < 0.5 else random.choice(fields)


LOG = Context(
    "log",
    ("log.severity_text", "instrumentation_scope.name", "instrumentation_scope.version"),
    ("log.severity_number", "log.dropped_attributes_count", "log.time_unix_nano", "log.observed_time_unix_nano", "log.flags"),
    ("log.body", 'log.body["k"]', "log.body[0]", 'log.attributes["k"]["a"]', 'log.attributes["k"][0]'),
    ("log.trace_id.string", "log.span_id.string", "resource.schema_url", "log.body.string"),
    ("SEVERITY_NUMBER_INFO", "SEVERITY_NUMBER_WARN", "SEVERITY_NUMBER_ERROR4"),
)
SPAN = Context(
    "span",
    ("span.name", "span.status.message", "span.trace_state", "instrumentation_scope.name"),
    (
        *("span.start_time_unix_nano", "span.end_time_unix_nano", "span.dropped_attributes_count", "span.status.code"),
        *("span.dropped_events_count", "span.dropped_links_count", "span.kind"),
    ),
    ('span.attributes["k"]["a"]', 'span.attributes["k"][0]'),
    ("span.kind.string", "span.trace_id.string", "span.span_id.string", "span.parent_span_id.string", 'span.trace_state["a"]'),
    ("SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "STATUS_CODE_ERROR", "STATUS_CODE_OK", "STATUS_CODE_UNSET"),
)
METRIC = Context(
    "metric",
    ("metric.name", "metric.unit", "instrumentation_scope.name"),
    (),
    (),
    ("metric.type", "metric.aggregation_temporality", "metric.is_monotonic"),
    ("METRIC_DATA_TYPE_GAUGE", "METRIC_DATA_TYPE_SUM", "METRIC_DATA_TYPE_HISTOGRAM", "AGGREGATION_TEMPORALITY_CUMULATIVE"),
    has_attributes=False,
)
DATAPOINT = Context(
    "datapoint",
    ("metric.unit", "metric.name"),
    ("datapoint.start_time_unix_nano", "datapoint.time_unix_nano", "datapoint.flags", "datapoint.value_int", "datapoint.count"),
    ('datapoint.attributes["k"]["a"]',),
    ("datapoint.value_double", "datapoint.sum", "metric.type", "datapoint.bucket_counts", "datapoint.explicit_bounds"),
    ("METRIC_DATA_TYPE_GAUGE", "METRIC_DATA_TYPE_SUM", "METRIC_DATA_TYPE_HISTOGRAM"),
)


def quoted(text: str) -> str:
    """Return a string literal of OTTL."""
    return json.dumps(text, ensure_ascii=False)


def literal(random: Random, context: Context) -> str:
    """Return a literal: text, number, boolean, nil, bytes or an enum of the context."""
    kind = random.randrange(12)
    if kind < 4:
        return quoted(random.choice(TEXTS))
    if kind < 8:
        return random.choice(NUMBERS)
    return random.choice(("true", "false", "nil", "0x0a0b", random.choice(context.enums)))
