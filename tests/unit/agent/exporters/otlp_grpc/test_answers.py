import pytest

from otel_agent.exporters.otlp_grpc.answers import refusal
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.transport.status_codes import GrpcCode, make_status

RETRYABLE = ["CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"]


@pytest.mark.parametrize("name", RETRYABLE)
def test_transient_codes_are_tried_again(name: str) -> None:
    error = refusal(GrpcCode[name], "why", None)
    assert isinstance(error, RetryableError)
    assert error.grpc_code == GrpcCode[name]


@pytest.mark.parametrize("code", [code for code in GrpcCode if code.name not in RETRYABLE])
def test_all_other_codes_are_permanent(code: GrpcCode) -> None:
    assert isinstance(refusal(code, "why", None), PermanentError)


def test_an_exhausted_peer_is_tried_again_only_when_it_says_when() -> None:
    details = make_status(8, "full", 4.0).SerializeToString()
    error = refusal(8, "full", details)
    assert isinstance(error, RetryableError)
    assert error.retry_after == 4.0
    assert isinstance(refusal(8, "full", make_status(8, "full").SerializeToString()), PermanentError)


def test_the_text_reads_as_in_go() -> None:
    assert str(refusal(14, "shutting down", b"\xff")) == "rpc error: code = Unavailable desc = shutting down"
    assert str(refusal(77, "odd", None)) == "rpc error: code = Code(77) desc = odd"
