"""The Go collector's hostmetrics receiver in a program of its own, which is what a host's metrics are compared with."""

from pathlib import Path

from e2e.cluster.binaries import Module

CATALOGUE = (Module("gohost", {"gohost": "otel-operator/interop/gohost"}, folder=Path(__file__).parent / "gohost"),)
