"""Finds ids in a record's attributes and body and makes them the record's own. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from otel_agent.processors.log_correlation.config import LogCorrelationConfig

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8


@dataclass(slots=True)
class Outcome:
    """What became of a request."""

    data: bytes
    correlated: int = 0
    """Records that got a trace id, a span id, or both."""
    invalid: int = 0
    """Values under the names of ids that are none; they stay where they are."""


class Correlation:
    """Applies one configuration."""

    def __init__(self, config: LogCorrelationConfig) -> None:
        self._trace_keys = config.trace_id_keys
        self._span_keys = config.span_id_keys
        self._flags_keys = config.trace_flags_keys
        self._sources = config.sources
        self._hints = [key.encode() for key in (*config.trace_id_keys, *config.span_id_keys)]

    def may_apply(self, data: bytes) -> bool:
        """Whether a request has one of the names anywhere: a look at its bytes, so that others are not decoded."""
        return any(hint in data for hint in self._hints)

    def apply(self, data: bytes) -> Outcome:
        """Return the request with ids moved into the records; the same bytes when there was nothing to do.

        `InvalidTelemetry` when it is malformed.
        """
        request = parse(Signal.LOGS, data)
        outcome = Outcome(data)
        for resource in request.resource_logs:
            for scope in resource.scope_logs:
                for record in scope.log_records:
                    if not record.trace_id or not record.span_id:
                        self._correlate(record, outcome)
        if outcome.correlated:
            outcome.data = request.SerializeToString()
        return outcome

    def _correlate(self, record: Any, outcome: Outcome) -> None:
        values = self._values(record)
        if not values:
            return
        trace_id = span_id = b""
        if not record.trace_id:
            trace_id = _first_id(values, self._trace_keys, TRACE_ID_BYTES, outcome)
            record.trace_id = trace_id
        # A span belongs to a trace: without one its id says nothing.
        if record.trace_id and not record.span_id:
            span_id = _first_id(values, self._span_keys, SPAN_ID_BYTES, outcome)
            record.span_id = span_id
        if trace_id or span_id:
            outcome.correlated += 1
            if not record.flags:
                record.flags = _first_flags(values, self._flags_keys)

    def _values(self, record: Any) -> dict[str, str]:
        """Texts and numbers of the sources, those of an earlier source first."""
        found: dict[str, str] = {}
        for source in self._sources:
            items = record.attributes if source == "attributes" else record.body.kvlist_value.values
            for item in items:
                kind = item.value.WhichOneof("value")
                if kind in ("string_value", "int_value"):
                    found.setdefault(item.key, str(getattr(item.value, kind)))
        return found


def _first_id(values: dict[str, str], keys: Iterable[str], size: int, outcome: Outcome) -> bytes:
    for key in keys:
        if not (text := values.get(key)):
            continue
        found = read_id(text, size)
        if found:
            return found
        outcome.invalid += 1
    return b""


def read_id(text: str, size: int) -> bytes:
    """Return an id of that many bytes from hexadecimal text; nothing for other text and for zeros."""
    if len(text) != 2 * size or not text.isalnum():
        return b""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return b""
    return found if any(found) else b""


def _first_flags(values: dict[str, str], keys: Iterable[str]) -> int:
    for key in keys:
        text = values.get(key, "")
        if 1 <= len(text) <= 2:
            try:
                return int(text, 16)
            except ValueError:
                continue
    return 0
