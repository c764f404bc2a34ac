import pytest

from otel_agent.exporters.otlp_http.answers import Answer, refusal
from otel_agent.pipeline.errors import PermanentError, RetryableError
from otel_agent.transport.status_codes import make_status, status_to_json

URL = "http://gateway:4318/v1/traces"
PROTOBUF = "application/x-protobuf"


@pytest.mark.parametrize("http", [429, 502, 503, 504])
def test_four_statuses_are_tried_again(http: int) -> None:
    error = refusal(URL, Answer(http, "text/plain", b"", "3"), 0.0)
    assert isinstance(error, RetryableError)
    assert error.retry_after == 3.0


@pytest.mark.parametrize("http", [301, 400, 401, 404, 413, 500, 501])
def test_all_others_are_permanent(http: int) -> None:
    assert isinstance(refusal(URL, Answer(http, "text/plain", b"", "3"), 0.0), PermanentError)


def test_retry_info_counts_when_there_is_no_header() -> None:
    body = make_status(14, "busy", 2.0).SerializeToString()
    assert refusal(URL, Answer(503, PROTOBUF, body, None), 0.0).retry_after == 2.0
    assert refusal(URL, Answer(503, PROTOBUF, body, "0"), 0.0).retry_after == 0.0


@pytest.mark.parametrize("is_json", [True, False])
def test_the_text_carries_what_the_peer_says(is_json: bool) -> None:
    status = make_status(3, "bad span")
    body = status_to_json(status) if is_json else status.SerializeToString()
    answer = Answer(400, "application/json" if is_json else PROTOBUF, body, None)
    assert str(refusal(URL, answer, 0.0)) == (
        f"error exporting items, request to {URL} responded with HTTP Status Code 400, Message=bad span"
    )


def test_hostile_bodies_are_left_out_of_the_text() -> None:
    for media_type in ("application/json", PROTOBUF):
        assert str(refusal(URL, Answer(500, media_type, b"\xff\x00<html>", None), 0.0)).endswith("HTTP Status Code 500")
