from __future__ import annotations

from tests.benchmarks.collector.generator import Sent, parse
from tests.benchmarks.collector.sink import STILL_SECONDS, Received, settle
from tests.benchmarks.collector.trial import list_faults

WARM = Sent(requests=1, items=10, seconds=1, failed=0)
SENT = Sent(requests=5, items=50, seconds=1, failed=0)


def received(items: int, bad: int = 0) -> Received:
    return Received(requests=1, items=items, bytes=1, bad=bad)


def test_a_measurement_counts_when_all_that_was_accepted_arrived() -> None:
    assert list_faults(WARM, SENT, received(10), received(60)) == []


def test_lost_and_doubled_items_make_it_invalid() -> None:
    assert list_faults(WARM, SENT, received(10), received(59)) == ["50 items accepted, 49 at the sink"]
    assert list_faults(WARM, SENT, received(10), received(61)) == ["50 items accepted, 51 at the sink"]
    assert list_faults(WARM, SENT, received(9), received(59)) == ["10 items accepted while warming up, 9 at the sink"]


def test_errors_and_bad_requests_and_silence_make_it_invalid() -> None:
    failing = Sent(requests=5, items=50, seconds=1, failed=2, errors={"HTTP 503": 2})
    assert list_faults(WARM, failing, received(10), received(60, bad=1)) == ["2 x HTTP 503", "1 bad requests at the sink"]
    silent = Sent(requests=0, items=0, seconds=1, failed=0)
    assert list_faults(WARM, silent, received(10), received(10)) == ["nothing was accepted"]


def test_a_line_of_the_generator_is_read() -> None:
    line = '{"event":"measured","requests":2,"items":20,"seconds":1.5,"failed":1,"errors":{"x":1},"latency_ms":{"p99":3.5}}'
    assert parse(line) == Sent(2, 20, 1.5, 1, {"x": 1}, {"p99": 3.5})


class Clock:
    """Time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_draining_ends_as_soon_as_all_is_there() -> None:
    clock = Clock()
    readings = iter([received(1), received(5), received(60)])
    assert settle(lambda: next(readings), 60, clock=clock, sleep=clock.sleep).items == 60


def test_draining_gives_up_only_when_nothing_has_moved_for_a_while() -> None:
    clock = Clock()

    def read() -> Received:
        return received(min(10, int(clock.now)))  # one item a second, and none after the tenth

    came: list[float] = []
    assert settle(read, 60, lambda: came.append(clock.now), clock, clock.sleep).items == 10
    assert len(came) == 10, "the silence after what came is not told"
    assert came[-1] < 10.2
    assert 10 + STILL_SECONDS <= clock.now < 10 + STILL_SECONDS + 1
