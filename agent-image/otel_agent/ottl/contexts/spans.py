"""Fields of spans and their events."""

from typing import Any

from otel_agent.ottl.contexts import fields, trace_state
from otel_agent.ottl.contexts.maps import Keys, resolver
from otel_agent.ottl.function import Accessor
from otel_agent.ottl.values import EvaluationError, Value, WrongType

_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")

ENUMS = {
    **{f"SPAN_KIND_{kind.upper()}": number for number, kind in enumerate(_KINDS)},
    "STATUS_CODE_UNSET": 0,
    "STATUS_CODE_OK": 1,
    "STATUS_CODE_ERROR": 2,
}


def _kind(names: tuple[str, ...]) -> Accessor:
    def read(item: Any) -> str:
        kind = item.item.message.kind
        return names[kind] if 0 <= kind < len(names) else ""

    def assign(item: Any, value: Value) -> None:
        if fields.expect(value, str, "string") not in names:
            raise EvaluationError(f"{value!r} is no kind of a span; known: {', '.join(names)}")
        item.item.message.kind = names.index(value)

    return Accessor(read, assign)


def trace_state_member(keys: Keys) -> Accessor:
    """One member of the trace state."""
    resolve = resolver(keys)

    def key_of(item: Any) -> str:
        found = resolve(item)
        if len(found) != 1 or not isinstance(found[0], str):
            raise WrongType("a trace_state is indexed by one string")
        return found[0]

    def read(item: Any) -> Value:
        members = trace_state.read(item.item.message.trace_state)
        return None if members is None else members.get(key_of(item), "")

    def assign(item: Any, value: Value) -> None:
        message = item.item.message
        message.trace_state = trace_state.with_member(message.trace_state, key_of(item), fields.expect(value, str, "string"))

    return Accessor(read, assign)


SPAN: dict[str, Accessor] = {
    **fields.id_fields("item", "trace_id", 16),
    **fields.id_fields("item", "span_id", 8),
    **fields.id_fields("item", "parent_span_id", 8),
    "trace_state": fields.text("item", "trace_state"),
    "name": fields.text("item", "name"),
    "kind": fields.integer("item", "kind", fields.signed32),
    "kind.string": _kind(_KINDS),
    "kind.deprecated_string": _kind(tuple(f"SPAN_KIND_{kind.upper()}" for kind in _KINDS)),
    **fields.time_fields("item", "start_time"),
    **fields.time_fields("item", "end_time"),
    "dropped_attributes_count": fields.integer("item", "dropped_attributes_count", fields.unsigned32),
    "events": fields.messages("item", "events"),
    "dropped_events_count": fields.integer("item", "dropped_events_count", fields.unsigned32),
    "links": fields.messages("item", "links"),
    "dropped_links_count": fields.integer("item", "dropped_links_count", fields.unsigned32),
    "status": fields.message("item", "status"),
    "status.code": fields.integer("item", "status.code", fields.signed32),
    "status.message": fields.text("item", "status.message"),
    "flags": fields.integer("item", "flags", fields.unsigned32),
}

SPAN_EVENT: dict[str, Accessor] = {
    "name": fields.text("part", "name"),
    **fields.time_fields("part", "time"),
    "dropped_attributes_count": fields.integer("part", "dropped_attributes_count", fields.unsigned32),
    "event_index": Accessor(lambda item: item.index, fields.nothing_assigned),
}
