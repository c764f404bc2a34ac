"""The unit that moves through a pipeline: one OTLP export request as its own bytes (design decision D9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Signal(StrEnum):
    """A telemetry signal, spelled as in pipeline ids."""

    TRACES = "traces"
    METRICS = "metrics"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """Who sent a request: peer address and, with `include_metadata`, its headers (lower-case keys)."""

    address: str = ""
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    auth: Mapping[str, str] = field(default_factory=dict)
    """What the authenticator of the receiver found out, such as `username`; read as `auth.username`."""


NO_CLIENT = ClientInfo()


@dataclass(frozen=True, slots=True)
class Telemetry:
    """An Export{Trace,Metrics,Logs}ServiceRequest as bytes. Immutable, so fan-out shares it and an edit makes a new one."""

    signal: Signal
    data: bytes
    items: int
    """Spans, data points or log records in `data`."""
    client: ClientInfo = NO_CLIENT
    deadline: float | None = field(default=None, compare=False)
    """`time.monotonic()` at which its sender stops waiting for the answer; None when that is not known, or the request is made
    of several. Of use to those who answer only when the data has arrived, never a bound on what was accepted."""
