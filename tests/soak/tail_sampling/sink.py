"""What stands behind a gateway: one server for everything that came to it, one for what it sampled."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import grpc
from grpc import aio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"
_LARGEST_MESSAGE = 64 * 2**20


class Sink:
    """An OTLP/gRPC server that notes every span by the bit that stands for it."""

    def __init__(self, port: int) -> None:
        self.traces: dict[bytes, int] = defaultdict(int)
        """A bit for each span that came, by trace id."""
        self.again: set[bytes] = set()
        """Traces of which a span came more than once."""
        self.spans = 0
        self._port = port

    async def start(self) -> None:
        """Listen."""
        self._server = aio.server(options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.so_reuseport", 0)])
        handler = grpc.unary_unary_rpc_method_handler(self._export)
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {"Export": handler}),))
        self._server.add_insecure_port(f"127.0.0.1:{self._port}")
        await self._server.start()

    async def stop(self) -> None:
        """End."""
        await self._server.stop(0)

    async def _export(self, body: bytes, context: Any) -> bytes:
        self.take(body)
        return b""

    def take(self, body: bytes) -> None:
        """Note every span of a request."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += len(scope.spans)
                for span in scope.spans:
                    bit = 1 << (int.from_bytes(span.span_id) - 1)
                    if self.traces[span.trace_id] & bit:
                        self.again.add(span.trace_id)
                    self.traces[span.trace_id] |= bit
