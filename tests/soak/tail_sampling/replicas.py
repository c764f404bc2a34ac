"""Configurations of the agents and of the gateways that sample, and what their own metrics say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.soak.tail_sampling.load import SLOW_MS
from tests.soak.tail_sampling.names import HOSTNAME

LIMIT_MIB = 400
"""The guide's."""
_METRIC = re.compile(r"^(?P<name>\w+)(?P<labels>\{.*\})? (?P<value>[-+.\deE]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where a gateway listens, and where it sends to."""

    address: str
    port: int
    metrics: int
    everything: int
    sampled: int

    @property
    def endpoint(self) -> str:
        """What the ring knows it by."""
        return f"{self.address}:{self.port}"


def gateway(one: Gateway, decision_wait: float) -> dict[str, Any]:
    """Return the guide's gateway, and a second pipeline that tells all that came to it."""
    retry = {"initial_interval": "200ms", "max_interval": "2s", "max_elapsed_time": "0s"}
    shared = {"tls": {"insecure": True}, "compression": "none", "retry_on_failure": retry}
    shared["sending_queue"] = {"block_on_overflow": True}
    policies = [
        {"name": "errors-policy", "type": "status_code", "status_code": {"status_codes": ["ERROR"]}},
        {"name": "slow-traces-policy", "type": "latency", "latency": {"threshold_ms": SLOW_MS}},
        {"name": "probabilistic-policy", "type": "probabilistic", "probabilistic": {"sampling_percentage": 10}},
    ]
    before = ["memory_limiter", "batch"]
    return {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": one.endpoint}}}},
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_mib": LIMIT_MIB},
            "batch": {"send_batch_size": 2000, "timeout": "200ms"},
            "tail_sampling": {"decision_wait": f"{decision_wait:.0f}s", "policies": policies},
        },
        "exporters": {
            "otlp_grpc/everything": {"endpoint": f"127.0.0.1:{one.everything}", **shared},
            "otlp_grpc/sampled": {"endpoint": f"127.0.0.1:{one.sampled}", **shared},
        },
        "service": {
            "pipelines": {
                "traces/everything": {"receivers": ["otlp"], "processors": before, "exporters": ["otlp_grpc/everything"]},
                "traces/sampled": {
                    "receivers": ["otlp"],
                    "processors": [*before, "tail_sampling"],
                    "exporters": ["otlp_grpc/sampled"],
                },
            },
            "telemetry": _telemetry(one.metrics),
        },
    }


def agent(port: int, metrics: int, gateways: int, interval: float) -> dict[str, Any]:
    """Return an agent that asks every `interval` seconds who the gateways are, which listen on one port."""
    retry = {"initial_interval": "100ms", "max_interval": "1s", "max_elapsed_time": "0s"}
    otlp = {"tls": {"insecure": True}, "compression": "none", "retry_on_failure": retry}
    otlp["sending_queue"] = {"block_on_overflow": True}
    dns = {"hostname": HOSTNAME, "port": str(gateways), "interval": f"{1000 * interval:.0f}ms"}
    return {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"load_balancing": {"protocol": {"otlp": otlp}, "resolver": {"dns": dns}}},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["load_balancing"]}},
            "telemetry": _telemetry(metrics),
        },
    }


def _telemetry(port: int) -> dict[str, Any]:
    return {"metrics": {"readers": [{"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": port}}}}]}}


def total(exposition: str, name: str) -> float:
    """Return the sum of all series of a metric; 0 when there are none."""
    return sum(float(found["value"]) for found in _METRIC.finditer(exposition) if found["name"] == name)
