"""What Loki's answers mean for the logs that were pushed. Pure."""

from dataclasses import dataclass
from http import HTTPStatus

from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.transport.status_codes import grpc_code, parse_retry_after

MAX_MESSAGE = 1024
"""Bytes of an answer that are read for its message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer other than 2xx."""

    status: int
    body: bytes
    """The start of it."""
    retry_after: str | None
    """The Retry-After header."""


def refusal(answer: Answer, now: float) -> ConsumeError:
    """Return the error: 429 and everything but 4xx can be tried again; `now` is Unix time, for Retry-After dates.

    A 400 also comes for entries that are too old or out of order; Loki has taken the others of the request then.
    """
    first = answer.body[:MAX_MESSAGE].decode("utf-8", "replace").partition("\n")[0]
    text = f'HTTP {answer.status} "{_phrase(answer.status)}": {first}'
    if 400 <= answer.status < 500 and answer.status != HTTPStatus.TOO_MANY_REQUESTS:
        return PermanentError(text, grpc_code=grpc_code(answer.status))
    return RetryableError(text, grpc_code=grpc_code(answer.status), retry_after=parse_retry_after(answer.retry_after, now))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
