from otel_agent.workers.restarts import CALM_SECONDS, FIRST_PAUSE, LONGEST_PAUSE, MOST_FAILED_STARTS, Restarts


def test_the_first_successor_comes_almost_at_once() -> None:
    assert Restarts().ended(10.0) == FIRST_PAUSE


def test_pauses_grow_up_to_a_limit() -> None:
    record = Restarts()
    pauses = [record.ended(1.0) for _ in range(10)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    assert not record.hopeless


def test_a_long_life_is_a_new_beginning() -> None:
    record = Restarts()
    for _ in range(5):
        record.ended(1.0)
    assert record.ended(CALM_SECONDS) == FIRST_PAUSE


def test_successors_that_never_come_up_are_hopeless_after_some_attempts() -> None:
    record = Restarts()
    for _ in range(MOST_FAILED_STARTS - 1):
        record.ended(None)
    assert not record.hopeless
    record.ended(None)
    assert record.hopeless


def test_one_that_comes_up_ends_the_count() -> None:
    record = Restarts()
    for _ in range(MOST_FAILED_STARTS - 1):
        record.ended(None)
    record.ended(1.0)
    record.ended(None)
    assert not record.hopeless
