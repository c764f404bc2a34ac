"""The debug exporter: writes what it gets to a log, for people."""

import logging
import sys
from typing import Any

from otel_agent.exporters.debug import detailed, normal
from otel_agent.exporters.debug.config import DebugConfig
from otel_agent.pdata.count import parse_slim
from otel_agent.pdata.errors import InvalidTelemetry
from otel_agent.pdata.messages import parse
from otel_agent.pdata.slim import LAYOUTS
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import PermanentError, StartError
from otel_agent.telemetry.log_format import ConsoleFormatter
from otel_agent.telemetry.sampling import Sampler

_TITLES = {Signal.TRACES: "Traces", Signal.METRICS: "Metrics", Signal.LOGS: "Logs"}
_ITEM_TITLES = {Signal.TRACES: "spans", Signal.METRICS: "data points", Signal.LOGS: "log records"}
_RESOURCE_TITLES = {Signal.TRACES: "resource spans", Signal.METRICS: "resource metrics", Signal.LOGS: "resource logs"}


class DebugPeer:
    """Writes one line a request, and the request itself with verbosity normal or detailed."""

    def __init__(self, config: DebugConfig, context: BuildContext) -> None:
        assert context.signal is not None
        self._signal = context.signal
        self._verbosity = config.verbosity.lower()
        self._sampler = Sampler(config.sampling_initial, config.sampling_thereafter)
        self._paths = [] if config.use_internal_logger else config.output_paths
        self._logger = context.logger
        self._handlers: list[logging.Handler] = []

    async def open(self, host: Host) -> None:
        """Open the outputs; `StartError` when a file cannot be opened."""
        if not self._paths:
            return
        try:
            self._handlers = [_handler(path) for path in self._paths]
        except OSError as error:
            raise StartError(f"output_paths: {error}") from error
        self._logger = logging.Logger(self._logger.name, logging.INFO)
        for handler in self._handlers:
            handler.setFormatter(ConsoleFormatter({}))
            self._logger.addHandler(handler)

    async def close(self) -> None:
        """Close the outputs. Idempotent."""
        handlers, self._handlers = self._handlers, []
        for handler in handlers:
            handler.close()

    async def push(self, telemetry: Telemetry) -> None:
        """Write, unless sampling leaves this one out; `PermanentError` when the request cannot be decoded."""
        if not self._sampler.admit(""):
            return
        try:
            self._write(telemetry)
        except InvalidTelemetry as error:
            raise PermanentError(str(error)) from error

    def _write(self, telemetry: Telemetry) -> None:
        if self._verbosity == "basic":
            self._summarize(parse_slim(self._signal, telemetry.data), telemetry.items)
            return
        request = parse(self._signal, telemetry.data)
        self._summarize(request, telemetry.items)
        lines = (normal if self._verbosity == "normal" else detailed).lines(self._signal, request)
        self._logger.info("\n".join(lines))

    def _summarize(self, request: Any, items: int) -> None:
        """Write the line with counts; `request` may be slim or official."""
        layout = LAYOUTS[self._signal]
        resources = getattr(request, layout.resources)
        counts = {_RESOURCE_TITLES[self._signal]: len(resources)}
        if self._signal is Signal.METRICS:
            counts["metrics"] = sum(len(scope.metrics) for resource in resources for scope in resource.scope_metrics)
        counts[_ITEM_TITLES[self._signal]] = items
        self._logger.info(_TITLES[self._signal], extra=counts)


def _handler(path: str) -> logging.Handler:
    if path in ("stdout", "stderr"):
        return logging.StreamHandler(sys.stdout if path == "stdout" else sys.stderr)
    return logging.FileHandler(path, encoding="utf-8")
