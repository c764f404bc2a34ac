"""Sets up the collector's own logging from service.telemetry.logs, and makes the loggers that components get."""

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.telemetry import Signal
from otel_agent.telemetry.log_format import ConsoleFormatter, JsonFormatter
from otel_agent.telemetry.sampling import Sampler, SamplingFilter

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "dpanic": logging.CRITICAL,
    "panic": logging.CRITICAL,
    "fatal": logging.CRITICAL,
}
LOGGER = "otelcol"
"""Root of the loggers that components get."""


@dataclass(frozen=True, slots=True)
class LogSampling:
    """First `initial` lines of one level and message in each tick (seconds), then every `thereafter`th."""

    tick: float = 10.0
    initial: int = 10
    thereafter: int = 100


@dataclass(frozen=True, slots=True)
class LogSettings:
    """service.telemetry.logs, resolved."""

    level: str = "info"
    encoding: str = "console"
    caller: bool = True
    stacktrace: bool = True
    sampling: LogSampling | None = field(default_factory=LogSampling)
    output_paths: Sequence[str] = ("stderr",)
    fields: Mapping[str, Any] = field(default_factory=dict)
    """On every entry: initial_fields, and `resource`."""


class LogSetup:
    """Handlers for the root logger, once installed; `close` puts back what was there before."""

    def __init__(self, handlers: list[logging.Handler], level: int) -> None:
        self._handlers = handlers
        self._level = level
        self._level_before = logging.NOTSET

    def install(self) -> None:
        """Take records from now on."""
        root = logging.getLogger()
        self._level_before = root.level
        for handler in self._handlers:
            root.addHandler(handler)
        root.setLevel(self._level)

    def close(self) -> None:
        """Remove and close the handlers. Idempotent."""
        root = logging.getLogger()
        for handler in self._handlers:
            root.removeHandler(handler)
            handler.close()
        if self._handlers:
            root.setLevel(self._level_before)
        self._handlers = []


def configure_logs(settings: LogSettings) -> LogSetup:
    """Send all log records where the settings say; OSError when an output file cannot be opened."""
    setup = prepare_logs(settings)
    setup.install()
    return setup


def prepare_logs(settings: LogSettings) -> LogSetup:
    """Open what the settings say, for `install`; OSError when an output file cannot be opened."""
    make = JsonFormatter if settings.encoding == "json" else ConsoleFormatter
    formatter = make(settings.fields, caller=settings.caller, stacktrace=settings.stacktrace)
    sampling = settings.sampling
    sampler = SamplingFilter(Sampler(sampling.initial, sampling.thereafter, sampling.tick)) if sampling else None
    handlers = [_handler(path) for path in settings.output_paths]
    for handler in handlers:
        handler.setFormatter(formatter)
    if sampler is not None:
        # One decision for all outputs: a filter on each handler would count every line once per output.
        handlers = [_Fan(handlers, sampler)]
    return LogSetup(handlers, LEVELS[settings.level])


def component_logger(component: ComponentId, kind: ComponentKind, signal: Signal | None, pipeline: str = "") -> logging.Logger:
    """Return the logger of one component instance; its records carry the component's id, kind and signal as fields."""
    fields = {"otelcol.component.id": str(component), "otelcol.component.kind": str(kind)}
    if pipeline:
        fields["otelcol.pipeline.id"] = pipeline
    if signal is not None:
        fields["otelcol.signal"] = str(signal)
    logger = logging.getLogger(".".join((LOGGER, *fields.values())))
    logger.filters = [_FieldsFilter(fields)]
    return logger


class _FieldsFilter(logging.Filter):
    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self._fields = fields

    def filter(self, record: logging.LogRecord) -> bool:
        for key, value in self._fields.items():
            record.__dict__.setdefault(key, value)
        return True


class _Fan(logging.Handler):
    """Gives sampled records to several handlers."""

    def __init__(self, handlers: Sequence[logging.Handler], sampler: SamplingFilter) -> None:
        super().__init__()
        self._handlers = handlers
        self.addFilter(sampler)

    def emit(self, record: logging.LogRecord) -> None:
        for handler in self._handlers:
            handler.handle(record)

    def close(self) -> None:
        for handler in self._handlers:
            handler.close()
        super().close()


def _handler(path: str) -> logging.Handler:
    if path == "stderr":
        return logging.StreamHandler(sys.stderr)
    if path == "stdout":
        return logging.StreamHandler(sys.stdout)
    try:
        return logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except ValueError as error:
        raise OSError(f"{path!r}: {error}") from error
