"""Samplers of the Go collector and of ours decide alike: hundreds of configurations, all given the same spans and records."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.interop import sampling_cases
from tests.interop.collectors import SILENT, Starter, ours
from tests.interop.numbered_sink import NumberedSink

pytestmark = pytest.mark.timeout(1800)  # the first run on a machine builds the Go collector
CONFIGURATIONS = 200
SEEDS = range(1, 1 + int(os.environ.get("SAMPLING_SEEDS", "1")))
"""One for each set of spans and configurations; `SAMPLING_SEEDS=50 pytest tests/interop/test_go_sampling.py` tries more."""
TRACES = 120
BATCH = {"timeout": "300s", "send_batch_size": 1_000_000}
"""Everything of a pipeline in one request, which is sent at shutdown."""
Configurations = Sequence[dict[str, Any]]


def document(kind: str, configurations: Configurations, signals: Sequence[str], port: int, sink: int) -> dict[str, object]:
    """Return one receiver, and for each configuration a pipeline for each signal that ends at a path of its own."""
    numbers = range(len(configurations))
    exporter = {"compression": "none", "sending_queue": {"enabled": False}, "retry_on_failure": {"enabled": False}}
    pipeline = [
        (f"{signal}/{number}", number if signal == "traces" else number + CONFIGURATIONS)
        for signal in signals
        for number in numbers
    ]
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "processors": {"batch": BATCH, **{f"{kind}/{number}": config for number, config in enumerate(configurations)}},
        "exporters": {f"otlp_http/{path}": {"endpoint": f"http://127.0.0.1:{sink}/{path}", **exporter} for _, path in pipeline},
        "service": {
            "telemetry": SILENT,
            "pipelines": {
                name: {
                    "receivers": ["otlp"],
                    "processors": [f"{kind}/{path % CONFIGURATIONS}", "batch"],
                    "exporters": [f"otlp_http/{path}"],
                }
                for name, path in pipeline
            },
        },
    }


def post(port: int, signal: str, request: Message) -> None:
    headers = {"content-type": "application/x-protobuf"}
    sent = urllib.request.Request(f"http://127.0.0.1:{port}/v1/{signal}", request.SerializeToString(), headers)
    with urllib.request.urlopen(sent, timeout=60) as answer:
        assert answer.status == 200


def run(
    starter: Starter,
    name: str,
    command: Sequence[str | Path],
    kind: str,
    configurations: Configurations,
    sent: Sequence[tuple[str, Message]],
) -> list[list[bytes]]:
    """Return what came of each configuration, traces first, then logs."""
    signals = sorted({signal for signal, _ in sent}, reverse=True)
    with NumberedSink() as sink:
        collector, (port,) = starter.start(
            name, command, 1, lambda ports: document(kind, configurations, signals, ports[0], sink.port)
        )
        for signal, request in sent:
            post(port, signal, request)
        collector.end()
        return [sink.bodies[path] for path in range(CONFIGURATIONS * len(signals))]


def spans(bodies: Sequence[bytes]) -> Iterator[Any]:
    for body in bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                yield from scope.spans


def records(bodies: Sequence[bytes]) -> Iterator[Any]:
    for body in bodies:
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs:
            for scope in resource.scope_logs:
                yield from scope.log_records


@pytest.mark.parametrize("seed", SEEDS)
def test_tail_sampling_samples_the_same_traces(seed: int, starter: Starter, go: Path) -> None:
    random = Random(seed)
    configurations = [sampling_cases.tail_sampling(random) for _ in range(CONFIGURATIONS)]
    sent = [("traces", request) for request in sampling_cases.requests(random, TRACES)]
    theirs = run(starter, f"go-tail-{seed}", [go], "tail_sampling", configurations, sent)
    mine = run(starter, f"ours-tail-{seed}", ours(), "tail_sampling", configurations, sent)
    different = []
    sizes = set()
    for config, expected, found in zip(configurations, theirs, mine, strict=True):
        wanted = sorted((span.trace_id, span.span_id) for span in spans(expected))
        sizes.add(len(wanted))
        if sorted((span.trace_id, span.span_id) for span in spans(found)) != wanted:
            traces = [{span.trace_id.hex() for span in spans(bodies)} for bodies in (expected, found)]
            different.append((config["policies"], traces[0] ^ traces[1]))
    assert different == []
    assert len(sizes) > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_probabilistic_sampler_keeps_and_marks_the_same_items(seed: int, starter: Starter, go: Path) -> None:
    random = Random(seed)
    configurations = [sampling_cases.probabilistic_sampler(random) for _ in range(CONFIGURATIONS)]
    sent: list[tuple[str, Message]] = [("traces", request) for request in sampling_cases.requests(random, TRACES)]
    sent.append(("logs", sampling_cases.logs(random, 200)))
    theirs = run(starter, f"go-share-{seed}", [go], "probabilistic_sampler", configurations, sent)
    mine = run(starter, f"ours-share-{seed}", ours(), "probabilistic_sampler", configurations, sent)
    different = []
    kept = set()
    for number, (expected, found) in enumerate(zip(theirs, mine, strict=True)):
        config = configurations[number % CONFIGURATIONS]
        if number < CONFIGURATIONS:
            one, other = ({span.span_id: span.trace_state for span in spans(bodies)} for bodies in (expected, found))
        else:
            one, other = ({record.body.string_value: marks(record) for record in records(bodies)} for bodies in (expected, found))
        kept.add(len(one))
        if one != other:
            different.append(
                (config, {key: (one.get(key), other.get(key)) for key in one | other if one.get(key) != other.get(key)})
            )
    assert different == []
    assert len(kept) > 20


def marks(record: Any) -> list[tuple[str, str]]:
    return [(entry.key, entry.value.string_value) for entry in record.attributes if entry.key.startswith("sampling.")]
