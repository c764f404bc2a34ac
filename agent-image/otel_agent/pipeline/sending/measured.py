"""Measures the attempts of a peer as client calls (level detailed only)."""

import time
from collections.abc import Callable

from otel_agent.pdata.telemetry import Telemetry
from otel_agent.pipeline.component import BuildContext, Host
from otel_agent.pipeline.errors import ConsumeError
from otel_agent.pipeline.sending.exporter import Peer
from otel_agent.telemetry.calls import HttpDurations, RpcDurations, measured
from otel_agent.transport.grpc_services import SERVICES
from otel_agent.transport.status_codes import code_of

Record = Callable[[float, ConsumeError | None], None]
"""Gets the seconds of an attempt, and why it failed."""


class MeasuredPeer:
    """A peer whose attempts are measured."""

    def __init__(self, peer: Peer, record: Record) -> None:
        self._peer = peer
        self._record = record

    async def open(self, host: Host) -> None:
        """Make ready to push."""
        await self._peer.open(host)

    async def push(self, telemetry: Telemetry) -> None:
        """One attempt."""
        began = time.perf_counter()
        try:
            await self._peer.push(telemetry)
        except ConsumeError as error:
            self._record(time.perf_counter() - began, error)
            raise
        self._record(time.perf_counter() - began, None)

    async def close(self) -> None:
        """Release connections."""
        await self._peer.close()


def measure_grpc(peer: Peer, context: BuildContext) -> Peer:
    """Return a peer whose calls are in rpc_client_call_duration where the level asks for it."""
    if not measured(context.metrics):
        return peer
    assert context.signal is not None
    durations, service = RpcDurations(context.metrics, "client"), SERVICES[context.signal]
    return MeasuredPeer(peer, lambda seconds, error: durations.record(seconds, service, int(code_of(error)) if error else 0))


def measure_http(peer: Peer, context: BuildContext, host: str) -> Peer:
    """Return a peer whose requests are in http_client_request_duration where the level asks for it; `host` is the server's name.

    The failed ones have an error_type in place of a status, because a peer turns statuses into errors.
    """
    if not measured(context.metrics):
        return peer
    durations = HttpDurations(context.metrics, "client", {"server_address": host})

    def record(seconds: float, error: ConsumeError | None) -> None:
        outcome = {"error_type": type(error).__name__} if error else {"http_response_status_code": "200"}
        durations.record(seconds, "POST", **outcome)

    return MeasuredPeer(peer, record)
