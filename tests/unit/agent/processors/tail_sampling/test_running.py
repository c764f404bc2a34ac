"""Both samplers in a running collector."""

import urllib.request
from pathlib import Path
from typing import Any

from e2e.cluster.processes import ProcessGroup
from otel_agent.pdata.messages import parse
from otel_agent.pdata.telemetry import Signal
from tests.interop.collectors import SILENT, Starter, ours
from tests.interop.numbered_sink import NumberedSink
from tests.unit.agent.processors.tail_sampling.conftest import request_of

PROCESSORS = {
    "probabilistic_sampler": {"sampling_percentage": 100},
    "tail_sampling": {
        "decision_wait": "300s",
        "policies": [{"name": "errors", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}}],
    },
}


def test_a_collector_hands_on_the_traces_that_are_sampled(tmp_path: Path) -> None:
    def document(ports: list[int]) -> dict[str, Any]:
        return {
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{ports[0]}"}}}},
            "processors": PROCESSORS,
            "exporters": {"otlp_http": {"endpoint": f"http://127.0.0.1:{sink.port}/0", "compression": "none"}},
            "service": {
                "telemetry": SILENT,
                "pipelines": {"traces": {"receivers": ["otlp"], "processors": list(PROCESSORS), "exporters": ["otlp_http"]}},
            },
        }

    with NumberedSink() as sink, ProcessGroup(tmp_path) as group:
        collector, (port,) = Starter(group).start("sampling", ours(), 1, document)
        for status in (0, 2):
            body = request_of({"trace": 1, "status": status}, {"trace": 2})
            headers = {"content-type": "application/x-protobuf"}
            urllib.request.urlopen(
                urllib.request.Request(f"http://127.0.0.1:{port}/v1/traces", body, headers), timeout=30
            ).close()
        collector.end()
        (sent,) = sink.bodies[0]
    spans = [span for of in parse(Signal.TRACES, sent).resource_spans for scope in of.scope_spans for span in scope.spans]
    assert [span.status.code for span in spans] == [0, 2]
    assert all(span.trace_state.startswith("ot=rv:") for span in spans)
