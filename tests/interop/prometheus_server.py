"""A real Prometheus server, built from its Go module: scrapes what a test gives it, and answers queries."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from e2e.cluster import binaries
from e2e.cluster.ports import free_ports
from e2e.cluster.processes import Component, ProcessGroup
from e2e.cluster.waiting import wait_until

START_SECONDS = 60.0


def build() -> Path:
    """Return the program, built when the cache has none: a few minutes with progress on stderr; BuildError without Go."""
    return binaries.ensure(["prometheus"])["prometheus"]


@dataclass(frozen=True, slots=True)
class PrometheusServer:
    """A running server with storage of exemplars."""

    component: Component
    port: int

    @classmethod
    def start(cls, group: ProcessGroup, program: Path, name: str, scrape_configs: list[dict[str, Any]]) -> PrometheusServer:
        """Start one that scrapes every second, and wait until it is ready; ComponentError with the end of its log."""
        config = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": scrape_configs}
        file = group.logs / f"{name}.yaml"
        file.write_text(yaml.safe_dump(config))
        return cls.load(group, program, name, file, ["--enable-feature=exemplar-storage"])

    @classmethod
    def load(cls, group: ProcessGroup, program: Path, name: str, file: Path, arguments: list[str]) -> PrometheusServer:
        """Start one with a configuration as it is, and wait until it is ready; ComponentError with the end of its log.

        `arguments` are those besides the places of configuration and storage, and the address.
        """
        (port,) = free_ports(1)
        command: list[str | Path] = [
            program,
            f"--config.file={file}",
            f"--storage.tsdb.path={group.logs / name}-data",
            f"--web.listen-address=127.0.0.1:{port}",
            *arguments,
        ]
        component = group.start(name, command)
        server = cls(component, port)
        wait_until(f"{name}: ready", server._ready, seconds=START_SECONDS, alive=component.check_alive)
        return server

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the instant vector of an expression: entries with `metric` and `value` (or `histogram`)."""
        return cast("list[dict[str, Any]]", self._get("query", query=expression)["result"])

    def exemplars(self, expression: str) -> list[dict[str, Any]]:
        """Return the exemplars of the selected series: entries with `seriesLabels` and `exemplars`."""
        found: Any = self._get("query_exemplars", query=expression, start="0", end="4102444800")
        return cast("list[dict[str, Any]]", found)

    def targets(self) -> list[dict[str, Any]]:
        """Return the active targets, with `health` and `lastError`."""
        return cast("list[dict[str, Any]]", self._get("targets")["activeTargets"])

    def _get(self, path: str, **parameters: str) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=30) as response:
            return json.load(response)["data"]

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False
