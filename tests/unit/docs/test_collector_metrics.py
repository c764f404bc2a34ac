"""The reference has every metric that a running collector shows, several workers and the level `detailed` included."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from docs.website.reference.metrics import listed
from e2e.cluster.ports import free_ports

ROOT = Path(__file__).resolve().parents[3]


def page_of(port: int, process: subprocess.Popen[bytes], log: Path) -> str:
    """Return what is served once the collector is up."""
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text = str(answer.read().decode())
            if "otelcol_exporter_queue_size" in text:
                return text
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_every_metric_that_a_collector_shows_is_in_the_reference(tmp_path: Path) -> None:
    grpc, metrics = free_ports(2)
    reader = {"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": metrics}}}}
    pipeline = {
        "receivers": ["otlp"],
        "processors": ["memory_limiter", "attributes", "filter", "batch"],
        "exporters": ["otlp_grpc", "debug"],
    }
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": f"127.0.0.1:{grpc}"}}}},
        "processors": {
            "memory_limiter": {"limit_mib": 400},
            "attributes": {"actions": [{"key": "a", "value": "b", "action": "insert"}]},
            "filter": {"error_mode": "ignore"},
            "batch": {},
        },
        "exporters": {"otlp_grpc": {"endpoint": "127.0.0.1:1", "tls": {"insecure": True}}, "debug": {}},
        "service": {
            "telemetry": {"metrics": {"level": "detailed", "readers": [reader]}},
            "pipelines": dict.fromkeys(("traces", "metrics", "logs"), pipeline),
        },
    }
    file, log = tmp_path / "collector.yaml", tmp_path / "collector.log"
    file.write_text(yaml.safe_dump(config))
    command = [str(Path(sys.executable).with_name("otelcol")), f"--config={file}", "--workers=2"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        text = page_of(metrics, process, log)
    finally:
        process.terminate()
        process.wait(30)
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert {"otelcol_workers", "otelcol_process_uptime"} <= names
    pattern = listed((ROOT / "docs/reference/metrics.md").read_text())
    assert [name for name in sorted(names) if not pattern.fullmatch(name)] == []
