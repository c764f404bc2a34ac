from collections.abc import Callable
from typing import Any

import pytest

from otel_agent.pdata import kernel
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.telemetry import Signal


@pytest.mark.parametrize("signal", Signal)
def test_check_counts_a_well_formed_request(signal: Signal, request_of: Callable[..., Any]) -> None:
    assert kernel.check(signal, request_of(signal, 3).SerializeToString()) == 3


def test_an_empty_request_has_no_items() -> None:
    assert kernel.check(Signal.TRACES, b"") == 0


def nested_in_span(field: bytes) -> bytes:
    data = field
    for tag in (b"\x12", b"\x12", b"\x0a"):
        data = tag + bytes([len(data)]) + data
    return data


def test_malformed_data_inside_a_span_passes_count_but_not_check() -> None:
    data = nested_in_span(b"\x4a\x05\x01")  # attributes, cut off
    assert kernel.count(Signal.TRACES, data) == 1
    assert not kernel.is_valid(Signal.TRACES, data)
    with pytest.raises(InvalidTelemetry, match="malformed traces request"):
        kernel.check(Signal.TRACES, data)


def test_text_that_is_not_utf8_is_refused() -> None:
    assert not kernel.is_valid(Signal.TRACES, nested_in_span(b"\x2a\x01\xff"))
    assert kernel.is_valid(Signal.TRACES, nested_in_span(b"\x2a\x01x"))
