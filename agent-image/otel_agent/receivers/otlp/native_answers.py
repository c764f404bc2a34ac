"""Answers other than success, made whole for the native front end, to gRPC and to OTLP/HTTP. Pure."""

import base64
from enum import IntEnum
from urllib.parse import quote

from otel_agent.pipeline.errors import ConsumeError
from otel_agent.transport.status_codes import (
    WITH_RETRY_AFTER,
    GrpcCode,
    code_of,
    grpc_code,
    http_status_of,
    make_status,
    message_of,
    retry_after_header,
    status_to_json,
)

Ready = tuple[int, list[tuple[str, str]], bytes]
"""HTTP status, headers, body."""
_PRINTABLE = " !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What grpc-message carries as it is, beside letters and digits."""


class Kind(IntEnum):
    """How a request came, and so how it is answered; numbers are those of the extension."""

    GRPC = 0
    PROTOBUF = 1
    JSON = 2
    PREFLIGHT = 3


def refused(kind: Kind, error: ConsumeError) -> Ready:
    """Return the answer to data that the pipelines did not take."""
    code, message = code_of(error), message_of(error)
    if kind is Kind.GRPC:
        return _grpc(code, message, error.retry_after)
    status = http_status_of(error)
    answer = _http(kind, status, code, message, error.retry_after)
    if error.retry_after is not None and status in WITH_RETRY_AFTER:
        answer[1].append(("retry-after", retry_after_header(error.retry_after)))
    return answer


def failed(kind: Kind, http: int, code: GrpcCode, message: str) -> Ready:
    """Return the answer to a request that never reached the pipelines: `code` to gRPC, `http` to HTTP."""
    if kind is Kind.GRPC:
        return _grpc(code, message_of(message), None)
    return _http(kind, http, grpc_code(http), message_of(message), None)


def _grpc(code: int, message: str, retry_after: float | None) -> Ready:
    """Trailers only; a wait travels as RetryInfo in grpc-status-details-bin."""
    details = make_status(code, message, retry_after).SerializeToString() if retry_after is not None else None
    return _trailers(code, message, details)


def _trailers(code: int, message: str, details: bytes | None) -> Ready:
    headers = [
        ("content-type", "application/grpc"),
        ("grpc-status", str(int(code))),
        ("grpc-message", quote(message, safe=_PRINTABLE)),
    ]
    if details is not None:
        headers.append(("grpc-status-details-bin", base64.b64encode(details).decode().rstrip("=")))
    return (200, headers, b"")


def _http(kind: Kind, http: int, code: int, message: str, retry_after: float | None) -> Ready:
    status = make_status(int(code), message, retry_after)
    if kind is Kind.JSON:
        return (http, [("content-type", "application/json")], status_to_json(status))
    return (http, [("content-type", "application/x-protobuf")], status.SerializeToString())


_FULL_TEXT = "too many requests or bytes are being handled, try again later"
_FULL_STATUS = (
    b"\x08\x0e\x12\x3d"
    + _FULL_TEXT.encode()
    + b"\x1a\x30\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x01"
)
_FULL_JSON = f'{{"code":{int(GrpcCode.UNAVAILABLE)},"message":"{_FULL_TEXT}"}}'.encode()
OVERLOADED: tuple[Ready, Ready, Ready] = (
    _trailers(GrpcCode.UNAVAILABLE, _FULL_TEXT, _FULL_STATUS),
    (503, [("content-type", "application/x-protobuf"), ("retry-after", "1")], _FULL_STATUS),
    (503, [("content-type", "application/json"), ("retry-after", "1")], _FULL_JSON),
)
"""To gRPC, protobuf and JSON, at the limits of a port. Written out: the libraries for them cost 7 MB that few need."""
