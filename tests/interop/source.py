"""The sender at the head of a chain: a stock gRPC client with the stock stubs."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from tests.interop.arrivals import Signal

SECONDS = 60.0
RETRYABLE = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""What OTLP lets a sender try again without being told how long to wait."""
_STUBS: dict[Signal, Any] = {"traces": TraceServiceStub, "metrics": MetricsServiceStub, "logs": LogsServiceStub}


def send(port: int, signal: Signal, request: Message) -> grpc.StatusCode:
    """Send one request in plain text and return the status of the answer."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            _STUBS[signal](channel).Export(request, timeout=SECONDS)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
    return grpc.StatusCode.OK
