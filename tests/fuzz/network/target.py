"""The collector under test and the sink behind it, and what they use and count."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.cluster.ports import free_ports
from e2e.cluster.processes import ProcessGroup
from e2e.cluster.waiting import wait_until
from tests.benchmarks.collector.sink import Received, settle
from tests.fuzz.network.mutant import GRPC_LIMIT, HTTP_LIMIT
from tests.soak.collector import Collector
from tests.soak.collector import start as start_collector

FRONT_ENDS = ("native", "portable")
_PORTABLE = "--feature-gates=-receiver.otlp.nativeFrontEnd"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send, and where what was accepted arrives."""

    collector: Collector
    grpc: int
    http: int
    sink: int

    def received(self) -> Received:
        """Return what the sink has counted."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sink}/stats", timeout=60) as answer:
            return Received(bytes=0, **json.load(answer))

    def drained(self, items: int) -> Received:
        """Wait until so many items have arrived, or none has for a while."""
        return settle(self.received, items)


@contextmanager
def started(folder: Path, front_end: str) -> Iterator[Target]:
    """Start both, with small limits so that many requests can be over them; end both."""
    grpc, http, sink = free_ports(3)
    with ProcessGroup(folder) as group:
        counting = group.start("sink", [sys.executable, "-m", "tests.fuzz.network.counting_sink", str(sink)])
        options = [_PORTABLE] if front_end == "portable" else []
        collector = start_collector(group, folder, configuration(grpc, http, sink), [grpc, http], *options)
        target = Target(collector, grpc, http, sink)
        wait_until("the sink", target.received, seconds=30, alive=counting.check_alive)
        yield target


def configuration(grpc: int, http: int, sink: int) -> dict[str, Any]:
    """Return a gateway's configuration."""
    protocols = {
        "grpc": {"endpoint": f"127.0.0.1:{grpc}", "max_recv_msg_size_mib": GRPC_LIMIT // 2**20},
        "http": {"endpoint": f"127.0.0.1:{http}", "max_request_body_size": HTTP_LIMIT},
    }
    queue = {"block_on_overflow": True, "num_consumers": 2, "queue_size": 50}
    pipeline = {"receivers": ["otlp"], "processors": ["memory_limiter", "batch"], "exporters": ["otlp_http"]}
    return {
        "receivers": {"otlp": {"protocols": protocols}},
        "processors": {"memory_limiter": {"limit_mib": 512}, "batch": {}},
        "exporters": {
            "otlp_http": {"endpoint": f"http://127.0.0.1:{sink}", "compression": "none", "sending_queue": queue},
        },
        "service": {
            "pipelines": dict.fromkeys(("traces", "metrics", "logs"), pipeline),
            "telemetry": {"metrics": {"level": "none"}},
        },
    }
