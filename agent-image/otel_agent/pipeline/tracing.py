"""The collector's own spans: one where a receiver hands over, one for each processor and exporter that a request goes through.

Made only where service::telemetry::traces has processors; without, the graph holds nothing of this.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from otel_agent.config.component import ComponentId, ComponentKind
from otel_agent.pdata.telemetry import Signal, Telemetry
from otel_agent.pipeline.component import Consumer

_RECEIVED = {Signal.TRACES: "TraceDataReceived", Signal.METRICS: "MetricsReceived", Signal.LOGS: "LogsReceived"}
"""How receivers' span names end, as in the Go collector."""


@dataclass(slots=True)
class Span:
    """A span that is being made; times in nanoseconds since 1970."""

    name: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    start: int
    end: int = 0
    error: str = ""
    attributes: Mapping[str, int | str] = field(default_factory=dict)


_current: ContextVar[Span | None] = ContextVar("own_span", default=None)
Finish = Callable[[Span], None]
"""Takes a finished span; must not wait."""


class TracedConsumer:
    """Makes a span of each request that goes through; what it passes on to becomes its child."""

    def __init__(self, consumer: Consumer, name: str, finish: Finish) -> None:
        self._consumer = consumer
        self._name = name
        self._finish = finish

    async def consume(self, telemetry: Telemetry) -> None:
        """Pass on within a span."""
        parent = _current.get()
        span = Span(
            self._name,
            parent.trace_id if parent is not None else os.urandom(16),
            os.urandom(8),
            parent.span_id if parent is not None else b"",
            time.time_ns(),
            attributes={"items": telemetry.items, "signal": str(telemetry.signal)},
        )
        token = _current.set(span)
        try:
            await self._consumer.consume(telemetry)
        except BaseException as error:
            span.error = str(error) or type(error).__name__
            raise
        finally:
            _current.reset(token)
            span.end = time.time_ns()
            self._finish(span)


def span_name(kind: ComponentKind, component: ComponentId, signal: Signal) -> str:
    """`receiver/otlp/TraceDataReceived`, `processor/batch/traces`, `exporter/otlp/traces`."""
    return f"{kind}/{component}/{_RECEIVED[signal] if kind is ComponentKind.RECEIVER else signal}"
