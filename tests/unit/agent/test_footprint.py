"""Memory at idle: with the native extension, a collector that passes OTLP on loads no library that only portable code needs."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from e2e.cluster.ports import free_ports
from otel_agent.exporters.otlp_grpc.choice import native_module
from otel_agent.pdata import native

PROGRAM = """
import os, sys, threading
def report():
    sys.stdin.readline()
    print(*sorted({"grpc", "aiohttp", "google.protobuf", "opentelemetry.proto", "cramjam"} & set(sys.modules)), flush=True)
    os._exit(0)
threading.Thread(target=report, daemon=True).start()
from otel_agent.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
CONFIG = """
receivers: {{otlp: {{protocols: {{grpc: {{endpoint: "127.0.0.1:{}"}}, http: {{endpoint: "127.0.0.1:{}"}}}}}}}}
processors: {{batch: {{timeout: 10ms}}}}
exporters: {{otlp_grpc: {{endpoint: "127.0.0.1:{}", tls: {{insecure: true}}}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{logs: {{receivers: [otlp], processors: [batch], exporters: [otlp_grpc]}}}}
"""


@pytest.mark.skipif(native_module() is None or not native.wanted(), reason="the native extension is not in use")
def test_a_collector_that_passes_otlp_on_needs_neither_grpcio_nor_protobuf(tmp_path: Path) -> None:
    ports = free_ports(3)
    (tmp_path / "config.yaml").write_text(CONFIG.format(*ports))
    command = [sys.executable, "-c", PROGRAM, f"--config={tmp_path}/config.yaml"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "Everything is ready" in line:
                break
        # ResourceLogs { ScopeLogs { LogRecord } }
        request = urllib.request.Request(
            f"http://127.0.0.1:{ports[1]}/v1/logs", b"\x0a\x04\x12\x02\x12\x00", {"Content-Type": "application/x-protobuf"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
        for line in running.stderr:
            if "Exporting failed" in line:  # nobody listens there; by now all of the way out was gone
                break
        out, _ = running.communicate("\n", timeout=20)
    assert out.strip() == ""
