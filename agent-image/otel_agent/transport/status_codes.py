"""gRPC status codes, their HTTP counterparts, and google.rpc.Status with its RetryInfo (collector specification, 3.1 and 6).

Pure: no gRPC library is loaded for it, so that the HTTP exporter does without.
"""

import math
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import orjson

from otel_agent.pipeline.errors import ConsumeError, PermanentError

if TYPE_CHECKING:  # protobuf is 4 MB that a collector needs at the first refusal, not before
    from google.rpc.status_pb2 import Status


class GrpcCode(IntEnum):
    """The codes that this collector sends or treats specially."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


RETRYABLE_CODES = frozenset(
    {
        GrpcCode.CANCELLED,
        GrpcCode.DEADLINE_EXCEEDED,
        GrpcCode.ABORTED,
        GrpcCode.OUT_OF_RANGE,
        GrpcCode.UNAVAILABLE,
        GrpcCode.DATA_LOSS,
    }
)
"""Codes after which a client tries again; RESOURCE_EXHAUSTED joins them when it comes with RetryInfo."""

RETRYABLE_HTTP = frozenset({429, 502, 503, 504})
WITH_RETRY_AFTER = frozenset({429, 503})
"""HTTP statuses that say when to come again, where that is known."""

_TO_HTTP = {
    GrpcCode.OK: 200,
    GrpcCode.RESOURCE_EXHAUSTED: 429,
    GrpcCode.INVALID_ARGUMENT: 400,
    GrpcCode.UNAUTHENTICATED: 401,
    GrpcCode.PERMISSION_DENIED: 403,
    GrpcCode.UNIMPLEMENTED: 404,
    **dict.fromkeys(RETRYABLE_CODES, 503),
}
_FROM_HTTP = {
    400: GrpcCode.INVALID_ARGUMENT,
    401: GrpcCode.UNAUTHENTICATED,
    403: GrpcCode.PERMISSION_DENIED,
    404: GrpcCode.UNIMPLEMENTED,
    429: GrpcCode.RESOURCE_EXHAUSTED,
    **dict.fromkeys((502, 503, 504), GrpcCode.UNAVAILABLE),
}
_MAX_MESSAGE = 1024
"""Bytes of a status message; gRPC clients drop answers whose headers are longer than 8 KiB."""
_MAX_RETRY_SECONDS = 24 * 3600.0
"""A peer cannot make us wait longer than this."""


def http_status(code: int) -> int:
    """HTTP status that says the same as a gRPC code."""
    return _TO_HTTP.get(GrpcCode(code), 500) if code in _VALUES else 500


def grpc_code(http: int) -> GrpcCode:
    """Return the gRPC code that says the same as an HTTP status other than 2xx."""
    return _FROM_HTTP.get(http, GrpcCode.UNKNOWN)


def code_of(error: ConsumeError) -> GrpcCode:
    """Code a receiver answers a refusal with: its own, else Internal for permanent ones and Unavailable for the others."""
    if error.grpc_code is not None and error.grpc_code in _VALUES and error.grpc_code != GrpcCode.OK:
        return GrpcCode(error.grpc_code)
    return GrpcCode.INTERNAL if isinstance(error, PermanentError) else GrpcCode.UNAVAILABLE


def http_status_of(error: ConsumeError) -> int:
    """HTTP status a receiver answers a refusal with; a permanent one without a code of its own is 500."""
    return http_status(code_of(error))


def message_of(error: Exception | str) -> str:
    """Text of an error as an answer can carry it: cut to a size that every client takes, and encodable."""
    return str(error).encode("utf-8", "replace")[:_MAX_MESSAGE].decode("utf-8", "ignore")


def make_status(code: int, message: str, retry_after: float | None = None) -> "Status":
    """Return a google.rpc.Status, with RetryInfo when there is a wait (seconds)."""
    from google.protobuf.duration_pb2 import Duration
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status

    status = Status(code=code, message=message)
    if retry_after is not None:
        info = RetryInfo(retry_delay=Duration())
        info.retry_delay.FromNanoseconds(round(retry_after * 1e9))
        status.details.add().Pack(info)
    return status


def status_to_json(status: "Status") -> bytes:
    """Protobuf JSON of a status."""
    from google.protobuf.json_format import MessageToDict  # 3 MB that most collectors never need

    return orjson.dumps(MessageToDict(status))


def parse_status(data: bytes, *, is_json: bool = False) -> "Status | None":
    """Decode a google.rpc.Status that a peer sent; None when it is not one."""
    if is_json:
        return _parse_json(data)
    from google.protobuf.message import DecodeError
    from google.rpc.status_pb2 import Status

    try:
        return Status.FromString(data)
    except DecodeError:
        return None


def _parse_json(data: bytes) -> "Status | None":
    from google.protobuf.json_format import ParseDict, ParseError  # 3 MB that most collectors never need
    from google.rpc.status_pb2 import Status

    try:
        parsed: Any = orjson.loads(data)
        return ParseDict(parsed, Status(), ignore_unknown_fields=True) if isinstance(parsed, dict) else None
    except (ParseError, orjson.JSONDecodeError, TypeError):
        return None


def retry_delay(status: "Status | None") -> float | None:
    """Seconds of the RetryInfo in a status; None when there is no RetryInfo."""
    from google.protobuf.message import DecodeError
    from google.rpc.error_details_pb2 import RetryInfo

    for detail in status.details if status is not None else ():
        info = RetryInfo()
        try:
            if detail.Unpack(info):
                seconds: float = info.retry_delay.seconds + info.retry_delay.nanos / 1e9
                return min(max(seconds, 0.0), _MAX_RETRY_SECONDS)
        except DecodeError:
            continue
    return None


def retry_after_header(seconds: float) -> str:
    """Retry-After value: whole seconds, rounded up."""
    return str(max(math.ceil(seconds), 0))


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or an HTTP date; `now` is Unix time."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _MAX_RETRY_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max(at.timestamp() - now, 0.0), _MAX_RETRY_SECONDS)


_VALUES = frozenset(code.value for code in GrpcCode)
