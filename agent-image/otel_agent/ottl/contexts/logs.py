"""Fields of log records."""

from otel_agent.ottl.contexts import fields
from otel_agent.ottl.contexts.maps import body, body_text
from otel_agent.ottl.function import Accessor

_SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

ENUMS = {
    "SEVERITY_NUMBER_UNSPECIFIED": 0,
    **{
        f"SEVERITY_NUMBER_{name}{step + 1 if step else ''}": 4 * number + step + 1
        for number, name in enumerate(_SEVERITIES)
        for step in range(4)
    },
}

LOG: dict[str, Accessor] = {
    **fields.time_fields("item", "time"),
    **fields.time_fields("item", "observed_time"),
    "severity_number": fields.integer("item", "severity_number", fields.signed32),
    "severity_text": fields.text("item", "severity_text"),
    "body": body(),
    "body.string": body_text(),
    "dropped_attributes_count": fields.integer("item", "dropped_attributes_count", fields.unsigned32),
    "flags": fields.integer("item", "flags", fields.unsigned32),
    **fields.id_fields("item", "trace_id", 16),
    **fields.id_fields("item", "span_id", 8),
    "event_name": fields.text("item", "event_name"),
}
