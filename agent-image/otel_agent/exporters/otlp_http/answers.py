"""What the answers of an OTLP/HTTP peer mean for the data that was sent. Pure."""

from dataclasses import dataclass

from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.transport.status_codes import (
    RETRYABLE_HTTP,
    grpc_code,
    parse_retry_after,
    parse_status,
    retry_delay,
)

JSON = "application/json"
PROTOBUF = "application/x-protobuf"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer other than 2xx, or the start of it."""

    http: int
    media_type: str
    body: bytes
    retry_after: str | None
    """The Retry-After header."""


def refusal(url: str, answer: Answer, now: float) -> ConsumeError:
    """Return the error for an answer other than 2xx; `now` is Unix time, for Retry-After dates."""
    status = parse_status(answer.body, is_json=answer.media_type == JSON) if answer.media_type in (JSON, PROTOBUF) else None
    text = f"error exporting items, request to {url} responded with HTTP Status Code {answer.http}"
    if status is not None and status.message:
        text += f", Message={status.message}"
    if status is not None and status.details:
        text += f", Details=[{', '.join(detail.type_url for detail in status.details)}]"
    if answer.http not in RETRYABLE_HTTP:
        return PermanentError(text, grpc_code=grpc_code(answer.http))
    wait = parse_retry_after(answer.retry_after, now)
    return RetryableError(text, grpc_code=grpc_code(answer.http), retry_after=wait if wait is not None else retry_delay(status))
