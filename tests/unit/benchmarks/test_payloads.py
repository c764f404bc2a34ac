from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otel_agent.pdata import count
from otel_agent.pdata.telemetry import Signal as PipelineSignal
from tests.benchmarks.collector import payloads
from tests.benchmarks.collector.scenarios import SIGNALS, Load, Signal


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("items", [1, 10, 512])
def test_a_request_has_as_many_items_as_it_says(signal: Signal, items: int) -> None:
    assert count.count(PipelineSignal(signal), payloads.request(signal, items, 10)) == items


def test_an_item_with_ten_attributes_is_about_475_bytes() -> None:
    for signal in SIGNALS:
        assert 440 <= len(payloads.request(signal, 512, 10)) / 512 <= 500, signal


@pytest.mark.parametrize("attributes", [0, 10, 50])
def test_spans_have_the_asked_number_of_attributes_with_different_names(attributes: int) -> None:
    decoded = ExportTraceServiceRequest.FromString(payloads.request("traces", 3, attributes))
    for span in decoded.resource_spans[0].scope_spans[0].spans:
        assert len({attribute.key for attribute in span.attributes}) == attributes == len(span.attributes)


def test_writing_ids_at_the_places_changes_the_ids_of_whole_traces_and_nothing_else() -> None:
    (body,) = payloads.bodies(Load("grpc", items=10))
    assert [len(places) for places in body.traces] == [4, 4, 2]
    content = bytearray(body.content)
    for number, places in enumerate(body.traces):
        for place in places:
            content[place : place + 16] = bytes([number + 1]) * 16
    before, after = ExportTraceServiceRequest.FromString(body.content), ExportTraceServiceRequest.FromString(bytes(content))
    spans = after.resource_spans[0].scope_spans[0].spans
    assert [span.trace_id[0] for span in spans] == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3]
    for old, new in zip(before.resource_spans[0].scope_spans[0].spans, spans, strict=True):
        new.trace_id = old.trace_id
    assert after == before


def test_compressed_bodies_differ_in_their_ids_and_shrink_as_real_telemetry_does() -> None:
    packed = payloads.bodies(Load("http", gzip=True))
    plain = [gzip.decompress(body.content) for body in packed]
    assert len(set(plain)) == payloads.PACKED_VARIANTS
    assert not any(body.traces for body in packed)
    assert 5 <= len(plain[0]) / len(packed[0].content) <= 12


def test_metric_points_have_no_ids_to_rewrite() -> None:
    assert payloads.bodies(Load("grpc", "metrics", items=10))[0].traces == []


def test_the_written_description_names_files_that_are_there(tmp_path: Path) -> None:
    description = json.loads(payloads.write(Load("grpc", "logs", items=4), tmp_path).read_text())
    assert (description["signal"], description["items"], description["encoding"]) == ("logs", 4, "")
    (body,) = description["bodies"]
    content = (tmp_path / body["file"]).read_bytes()
    assert content == payloads.request("logs", 4, 10)
    assert all(content[place : place + 16] == payloads.trace_id(0, 0) for place in body["traces"][0])
