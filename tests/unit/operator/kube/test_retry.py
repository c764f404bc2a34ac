import pytest

from otel_operator.kube.retry import ONCE, RetryPolicy


@pytest.mark.parametrize("status", [0, 429, 500, 502, 503, 504])
def test_transient_answers_are_tried_again(status: int) -> None:
    assert RetryPolicy().delay(1, status, None, 0.0) == pytest.approx(0.2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_answers_that_will_not_change_are_final(status: int) -> None:
    assert RetryPolicy().delay(1, status, None, 0.0) is None


def test_delays_grow_to_a_bound_and_tries_are_counted() -> None:
    policy = RetryPolicy(attempts=6, first=1.0, factor=3.0, longest=10.0)
    assert [policy.delay(n, 503, None, 0.0) for n in range(1, 7)] == [1.0, 3.0, 9.0, 10.0, 10.0, None]


def test_retry_after_is_obeyed_up_to_the_bound() -> None:
    assert RetryPolicy().delay(1, 429, "2", 0.0) == 2.0
    assert RetryPolicy().delay(1, 429, "3600", 0.0) == 10.0


def test_a_retry_after_that_is_a_date_falls_back_to_the_own_delay() -> None:
    assert RetryPolicy().delay(1, 503, "Wed, 21 Oct 2026 07:28:00 GMT", 0.0) == pytest.approx(0.2)


def test_once_never_tries_again() -> None:
    assert ONCE.delay(1, 0, None, 0.0) is None
