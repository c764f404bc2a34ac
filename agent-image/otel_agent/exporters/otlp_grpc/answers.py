"""What the answers of a gRPC peer mean for the data that was sent. Pure."""

from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.transport.status_codes import RETRYABLE_CODES, GrpcCode, parse_status, retry_delay


def refusal(code: int, message: str, details: bytes | None) -> ConsumeError:
    """Return the error for a status other than OK; `details` is the grpc-status-details-bin trailer.

    ResourceExhausted may be tried again only when the peer says after how long.
    """
    delay = retry_delay(parse_status(details)) if details is not None else None
    text = f"rpc error: code = {_name(code)} desc = {message}"
    if code in RETRYABLE_CODES or (code == GrpcCode.RESOURCE_EXHAUSTED and delay is not None):
        return RetryableError(text, grpc_code=code, retry_after=delay)
    return PermanentError(text, grpc_code=code)


def _name(code: int) -> str:
    """Spelling of a code in Go's error texts."""
    try:
        return GrpcCode(code).name.title().replace("_", "")
    except ValueError:
        return f"Code({code})"
