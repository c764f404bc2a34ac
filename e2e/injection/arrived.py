"""What the gateway's file exporter wrote, OTLP/JSON lines, as the spans and log records of each service."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SERVER = 2


@dataclass(frozen=True, slots=True)
class Arrived:
    """A span or a log record."""

    service: str
    resource: dict[str, str]
    trace_id: str
    span_id: str
    parent_id: str
    """Empty for a log record and for a trace's first span."""
    kind: int
    """A span's kind; 0 for a log record."""
    attributes: dict[str, str]
    body: str
    """A log record's body as text; empty for a span."""


def read(lines: Iterable[str]) -> list[Arrived]:
    """Read all spans and log records; metrics, and a last line that is being written, are passed over."""
    found = []
    for line in lines:
        try:
            request = json.loads(line)
        except ValueError:
            continue
        for outer, scopes, inner in (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords")):
            for group in request.get(outer, []):
                resource = attributes_of(group.get("resource", {}))
                found += [_item(item, resource) for scope in group.get(scopes, []) for item in scope.get(inner, [])]
    return found


def attributes_of(holder: dict[str, Any]) -> dict[str, str]:
    """Return an OTLP/JSON object's attributes, every value as text."""
    return {attribute["key"]: _text(attribute.get("value", {})) for attribute in holder.get("attributes", [])}


def _text(value: dict[str, Any]) -> str:
    return str(next(iter(value.values()), ""))


def _item(item: dict[str, Any], resource: dict[str, str]) -> Arrived:
    return Arrived(
        service=resource.get("service.name", ""),
        resource=resource,
        trace_id=item.get("traceId", ""),
        span_id=item.get("spanId", ""),
        parent_id=item.get("parentSpanId", ""),
        kind=int(item.get("kind", 0)),
        attributes=attributes_of(item),
        body=_text(item.get("body", {})),
    )
