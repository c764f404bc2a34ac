from hypothesis import given
from hypothesis import strategies as st

from otel_agent.config.blocks.exporter_queue import RetryConfig
from otel_agent.pipeline.sending.backoff import Backoff


def test_waits_grow_by_the_multiplier_up_to_the_longest() -> None:
    config = RetryConfig(initial_interval="5.0s", max_interval="10.0s", multiplier=1.5, randomization_factor=0.0)
    backoff = Backoff(config)
    assert [backoff.next_wait(0.0) for _ in range(4)] == [5.0, 7.5, 10.0, 10.0]


def test_a_wait_is_drawn_around_the_interval() -> None:
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    assert Backoff(RetryConfig(), uniform).next_wait(0.0) == 7.5
    assert drawn == [(2.5, 7.5)]


def test_the_peers_delay_is_the_least() -> None:
    backoff = Backoff(RetryConfig(randomization_factor=0.0))
    assert backoff.next_wait(0.0, retry_after=20.0) == 20.0
    assert backoff.next_wait(0.0, retry_after=1.0) == 7.5


def test_no_wait_beyond_the_longest_time() -> None:
    backoff = Backoff(RetryConfig(randomization_factor=0.0, max_elapsed_time="30.0s"))
    assert backoff.next_wait(25.0) == 5.0
    assert backoff.next_wait(25.0) is None


def test_zero_longest_time_retries_for_ever() -> None:
    assert Backoff(RetryConfig(max_elapsed_time="0.0s")).next_wait(1e9) is not None


@given(st.integers(1, 60), st.floats(0, 1), st.floats(1, 3))
def test_every_wait_stays_within_its_spread(attempts: int, factor: float, multiplier: float) -> None:
    config = RetryConfig(randomization_factor=factor, multiplier=multiplier, max_elapsed_time="0.0s")
    backoff = Backoff(config)
    interval = config.initial_interval
    for _ in range(attempts):
        wait = backoff.next_wait(0.0)
        assert wait is not None
        assert interval * (1 - factor) - 1e-9 <= wait <= interval * (1 + factor) + 1e-9
        interval = min(interval * multiplier, config.max_interval)
