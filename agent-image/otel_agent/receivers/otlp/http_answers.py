"""What OTLP/HTTP answers: success, google.rpc.Status for refusals in the request's own encoding, plain text before that."""

from aiohttp import web

from otel_agent.pipeline.errors import ConsumeError
from otel_agent.transport.status_codes import (
    WITH_RETRY_AFTER,
    code_of,
    grpc_code,
    http_status_of,
    make_status,
    message_of,
    retry_after_header,
    status_to_json,
)

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
MEDIA_TYPES = (JSON, PROTOBUF)


def success(media_type: str) -> web.Response:
    """Return an empty export response."""
    return web.Response(body=b"{}" if media_type == JSON else b"", headers={"Content-Type": media_type})


def refused(media_type: str, error: ConsumeError) -> web.Response:
    """Return the answer to data that the pipelines did not take."""
    status = http_status_of(error)
    response = _status(media_type, status, int(code_of(error)), message_of(error), error.retry_after)
    if error.retry_after is not None and status in WITH_RETRY_AFTER:
        response.headers["Retry-After"] = retry_after_header(error.retry_after)
    return response


def failed(media_type: str, http: int, message: str) -> web.Response:
    """Return the answer to a request that never reached the pipelines."""
    return _status(media_type, http, int(grpc_code(http)), message_of(message), None)


def plain(http: int, text: str) -> web.Response:
    """Return an answer to something that is no OTLP request."""
    return web.Response(status=http, text=text)


def _status(media_type: str, http: int, code: int, message: str, retry_after: float | None) -> web.Response:
    status = make_status(code, message, retry_after)
    body = status_to_json(status) if media_type == JSON else status.SerializeToString()
    return web.Response(status=http, body=body, headers={"Content-Type": media_type})
