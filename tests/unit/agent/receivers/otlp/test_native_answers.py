from otel_agent.pipeline.errors import RetryableError
from otel_agent.receivers.otlp.native_answers import OVERLOADED, Kind, refused


def test_the_answers_at_the_limits_are_those_of_any_retryable_refusal() -> None:
    error = RetryableError("too many requests or bytes are being handled, try again later", retry_after=1.0)
    assert [refused(kind, error) for kind in (Kind.GRPC, Kind.PROTOBUF)] == list(OVERLOADED[:2])
