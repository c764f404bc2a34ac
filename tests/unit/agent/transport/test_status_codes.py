import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_agent.pipeline.errors import ConsumeError, PermanentError, RetryableError
from otel_agent.transport.status_codes import (
    GrpcCode,
    code_of,
    grpc_code,
    http_status,
    http_status_of,
    make_status,
    parse_retry_after,
    parse_status,
    retry_after_header,
    retry_delay,
    status_to_json,
)

NOON = 1_767_268_800.0  # Thu, 01 Jan 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("names", "http"),
    [
        ("CANCELLED DEADLINE_EXCEEDED ABORTED OUT_OF_RANGE UNAVAILABLE DATA_LOSS", 503),
        ("RESOURCE_EXHAUSTED", 429),
        ("INVALID_ARGUMENT", 400),
        ("UNAUTHENTICATED", 401),
        ("PERMISSION_DENIED", 403),
        ("UNIMPLEMENTED", 404),
        ("UNKNOWN NOT_FOUND ALREADY_EXISTS FAILED_PRECONDITION INTERNAL", 500),
        ("OK", 200),
    ],
)
def test_grpc_codes_have_http_counterparts(names: str, http: int) -> None:
    assert {http_status(GrpcCode[name]) for name in names.split()} == {http}


def test_codes_nobody_knows_are_internal_errors() -> None:
    assert http_status(99) == 500
    assert code_of(PermanentError("x", grpc_code=99)) is GrpcCode.INTERNAL
    assert code_of(RetryableError("x", grpc_code=0)) is GrpcCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("http", "code"),
    [(400, "INVALID_ARGUMENT"), (401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "UNIMPLEMENTED"), (500, "UNKNOWN"),
     (429, "RESOURCE_EXHAUSTED"), (502, "UNAVAILABLE"), (503, "UNAVAILABLE"), (504, "UNAVAILABLE"), (418, "UNKNOWN")],
)  # fmt: skip
def test_http_statuses_have_grpc_counterparts(http: int, code: str) -> None:
    assert grpc_code(http) is GrpcCode[code]


@pytest.mark.parametrize(
    ("error", "code", "http"),
    [
        (RetryableError("x"), GrpcCode.UNAVAILABLE, 503),
        (PermanentError("x"), GrpcCode.INTERNAL, 500),
        (PermanentError("x", grpc_code=3), GrpcCode.INVALID_ARGUMENT, 400),
        (RetryableError("x", grpc_code=8), GrpcCode.RESOURCE_EXHAUSTED, 429),
    ],
)
def test_refusals_are_answered_by_kind_or_by_their_own_code(error: ConsumeError, code: GrpcCode, http: int) -> None:
    assert (code_of(error), http_status_of(error)) == (code, http)


@given(st.floats(0, 3600))
def test_a_wait_travels_as_retry_info_in_both_encodings(seconds: float) -> None:
    status = make_status(14, "later", seconds)
    for found in (parse_status(status.SerializeToString()), parse_status(status_to_json(status), is_json=True)):
        assert found is not None
        assert found.message == "later"
        assert retry_delay(found) == pytest.approx(seconds, abs=1e-8)


def test_no_retry_info_is_no_delay() -> None:
    assert retry_delay(make_status(8, "full")) is None
    assert retry_delay(None) is None


@given(st.binary(max_size=60), st.booleans())
def test_hostile_statuses_never_raise(data: bytes, is_json: bool) -> None:
    delay = retry_delay(parse_status(data, is_json=is_json))
    assert delay is None or 0 <= delay <= 86400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0), (" 7 ", 7.0), ("0", 0.0), ("Thu, 01 Jan 2026 12:00:10 GMT", 10.0), ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("999999999999", 86400.0), ("soon", None), ("-3", None), ("", None), (None, None), ("1.5", None), ("٣", None),
    ],
)  # fmt: skip
def test_retry_after_holds_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOON) == seconds


@given(st.text(max_size=40))
def test_hostile_retry_after_never_raises(value: str) -> None:
    parse_retry_after(value, NOON)


def test_retry_after_is_rounded_up() -> None:
    assert [retry_after_header(seconds) for seconds in (0.0, 0.2, 3.0, 3.01)] == ["0", "1", "3", "4"]
