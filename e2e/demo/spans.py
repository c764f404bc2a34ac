"""Finds a trace in what the gateway's file exporter wrote, and draws it as a tree."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """The part of an OTLP/JSON span that the drawing needs."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    start: int
    """Nanoseconds since 1970."""
    end: int
    error: bool
    attributes: dict[str, str]


def spans_in(lines: Iterable[str]) -> list[Span]:
    """Read the spans of OTLP/JSON lines; lines of other signals and a torn first or last line are passed over."""
    found = []
    for line in lines:
        try:
            request = json.loads(line)
        except ValueError:
            continue
        for resource in request.get("resourceSpans", []):
            service = _attributes(resource.get("resource", {})).get("service.name", "?")
            for scope in resource.get("scopeSpans", []):
                found += [_span(span, service) for span in scope.get("spans", [])]
    return found


def newest_whole_trace(spans: list[Span], service: str) -> list[Span]:
    """Spans of the newest trace of `service` that has a root and at least one child; empty when there is none."""
    traces: dict[str, list[Span]] = {}
    for span in spans:
        if span.service == service:
            traces.setdefault(span.trace_id, []).append(span)
    whole = [t for t in traces.values() if len(t) > 1 and any(not s.parent_id for s in t)]
    return max(whole, key=lambda t: max(s.end for s in t), default=[])


def draw(trace: list[Span]) -> str:
    """Draw one trace: a line a span, children indented, with duration and attributes."""
    lines = [f"trace {trace[0].trace_id}  service {trace[0].service}"]

    def add(span: Span, depth: int) -> None:
        label = "  " * depth + ("└─ " if depth else "") + span.name
        extra = " ".join(f"{k}={v}" for k, v in span.attributes.items())
        lines.append(f"  {label:<28} {(span.end - span.start) / 1e6:8.2f} ms  {'ERROR ' if span.error else ''}{extra}".rstrip())
        for child in sorted((s for s in trace if s.parent_id == span.span_id), key=lambda s: s.start):
            add(child, depth + 1)

    for root in (s for s in trace if not s.parent_id):
        add(root, 0)
    return "\n".join(lines)


def _attributes(holder: dict[str, Any]) -> dict[str, str]:
    return {a["key"]: str(next(iter(a.get("value", {}).values()), "")) for a in holder.get("attributes", [])}


def _span(span: dict[str, Any], service: str) -> Span:
    return Span(
        trace_id=span["traceId"],
        span_id=span["spanId"],
        parent_id=span.get("parentSpanId", ""),
        name=span.get("name", ""),
        service=service,
        start=int(span.get("startTimeUnixNano", 0)),
        end=int(span.get("endTimeUnixNano", 0)),
        error=span.get("status", {}).get("code") in (2, "STATUS_CODE_ERROR"),
        attributes=_attributes(span),
    )
