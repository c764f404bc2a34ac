from typing import Any

from otel_agent.pdata import kernel
from otel_agent.pdata.messages import REQUESTS
from otel_agent.pdata.telemetry import Signal
from otel_agent.pipeline.sending.sizes import cut


def cut_by_bytes(signal: Signal, data: bytes, items: int, limit: int) -> list[tuple[bytes, int]]:
    return cut(signal, data, items, limit, "bytes")


def spans(*sizes: int, resource: int = 0) -> bytes:
    request: Any = REQUESTS[Signal.TRACES]()
    block = request.resource_spans.add()
    block.resource.attributes.add(key="padding").value.string_value = "x" * resource
    scope = block.scope_spans.add()
    for size in sizes:
        scope.spans.add(name="x" * size)
    data: bytes = request.SerializeToString()
    return data


def test_a_large_resource_is_not_repeated_in_very_many_parts() -> None:
    data = spans(*[100] * 500, resource=20_000)
    assert cut_by_bytes(Signal.TRACES, data, 500, 10_000) == [(data, 500)]
    parts = cut_by_bytes(Signal.TRACES, data, 500, 50_000)
    assert len(parts) < 10
    assert max(len(part) for part, _ in parts) <= 50_000


def test_a_large_item_among_many_small_ones_needs_few_steps() -> None:
    data = spans(9_900, *[1] * 5_000)
    parts = cut_by_bytes(Signal.TRACES, data, 5_001, 10_000)
    assert sum(items for _, items in parts) == 5_001
    assert all(len(part) <= 10_000 and kernel.count(Signal.TRACES, part) == items for part, items in parts)
