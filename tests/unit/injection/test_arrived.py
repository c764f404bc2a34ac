"""What the gateway wrote, as the scenario reads it."""

import json

from e2e.injection.arrived import SERVER, read


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


def test_spans_and_records_are_read_with_their_resource_and_the_rest_is_passed_over() -> None:
    resource = {"attributes": [{"key": "service.name", "value": text("shop")}]}
    span = {
        "traceId": "t",
        "spanId": "s",
        "parentSpanId": "p",
        "kind": SERVER,
        "attributes": [{"key": "a", "value": {"intValue": "1"}}],
    }
    record = {"traceId": "t", "spanId": "s", "body": text("said")}
    lines = [
        json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}),
        json.dumps({"resourceMetrics": [{"resource": resource}]}),
        json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}),
        '{"resourceSpans": [{"resou',
    ]
    first, second = read(lines)
    assert (first.service, first.kind, first.parent_id, first.attributes, first.body) == ("shop", SERVER, "p", {"a": "1"}, "")
    assert (second.service, second.trace_id, second.span_id, second.kind, second.body) == ("shop", "t", "s", 0, "said")
