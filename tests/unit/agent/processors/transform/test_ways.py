"""Rows and decoded messages are one thing to statements: same results on any valid request."""

from random import Random
from typing import Any

import pytest

from otel_agent.pdata import kernel
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal, Telemetry
from tests.fuzz import requests

pytestmark = pytest.mark.skipif(kernel.NATIVE is None, reason="the native extension is not in use")

STATEMENTS: dict[Signal, list[list[str]]] = {
    Signal.TRACES: [
        ['set(span.attributes["a"], Concat([span.name, span.attributes["http.method"], resource.attributes["a"]], "-"))'],
        ["truncate_all(span.attributes, 3)", "set(span.name, String(span.attributes)) where span.kind > 1"],
        [
            "set(span.status.message, String(span.start_time_unix_nano - 1))",
            'keep_keys(span.attributes, ["a", "b"]) where IsString(span.name)',
        ],
        ["flatten(span.attributes)", "set(span.start_time, span.end_time)", 'set(span.cache["x"], span.attributes["a"])'],
        ['set(span.attributes["a"]["b"], span.trace_id.string)', 'set(span.kind.string, "Client") where scope.name != "x"'],
    ],
    Signal.LOGS: [
        ['set(log.attributes["body"], log.body)', "set(log.body, String(log.attributes))"],
        ["flatten(log.body)", "set(log.severity_text, log.body.string)"],
        [
            'set(log.body["a"], log.attributes["a"])',
            "set(log.severity_number, Int(log.severity_text))",
            "stringify_all(log.attributes)",
        ],
    ],
}
CASES = [(signal, statements) for signal, groups in STATEMENTS.items() for statements in groups]


def values(entries: Any) -> dict[str, bytes]:
    """By key, since the order of attributes means nothing; of equal keys the first."""
    found: dict[str, bytes] = {}
    for entry in entries:
        found.setdefault(entry.key, entry.value.SerializeToString(deterministic=True))
    return found


def plain(signal: Signal, data: bytes) -> list[tuple[dict[str, bytes], bytes]]:
    """Each item as its attributes and the rest."""
    request = parse(signal, data)
    traces = signal is Signal.TRACES
    found = []
    for resource in request.resource_spans if traces else request.resource_logs:
        for scope in resource.scope_spans if traces else resource.scope_logs:
            for item in scope.spans if traces else scope.log_records:
                attributes = values(item.attributes)
                del item.attributes[:]
                found.append((attributes, item.SerializeToString(deterministic=True)))
    return found


@pytest.mark.parametrize(("signal", "statements"), CASES)
def test_rows_and_decoded_messages_give_the_same(
    processor_of: Any, monkeypatch: pytest.MonkeyPatch, signal: Signal, statements: list[str]
) -> None:
    by_rows = processor_of(signal, *statements, error_mode="silent")
    assert by_rows.ways == ["rows"]
    with monkeypatch.context() as patch:
        patch.setattr("otel_agent.processors.transform.processor.columns_of", lambda *_: None)
        decoded = processor_of(signal, *statements, error_mode="silent")
    assert decoded.ways == ["decoded"]
    for seed in range(150):
        before = Telemetry(signal, requests.request(Random(seed), signal).SerializeToString(), 1)
        one, other = by_rows.rewrite(before), decoded.rewrite(before)
        assert plain(signal, one.data) == plain(signal, other.data), f"seed {seed}"
