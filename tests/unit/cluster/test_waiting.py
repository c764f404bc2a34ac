from __future__ import annotations

from collections.abc import Iterator

import pytest

from e2e.cluster.errors import ComponentError
from e2e.cluster.waiting import wait_until


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_waiting_ends_when_the_condition_holds() -> None:
    clock = Clock()
    wait_until("it", lambda: clock.now > 1, seconds=5, clock=lambda: clock.now, sleep=clock.sleep)
    assert 1 < clock.now < 1.2


def test_a_refused_connection_means_not_yet_and_is_quoted_when_time_is_up() -> None:
    clock = Clock()

    def refuse() -> bool:
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(ComponentError, match=r"etcd not reached within 2 s \(last answer: nobody there\)"):
        wait_until("etcd", refuse, seconds=2, clock=lambda: clock.now, sleep=clock.sleep)


def test_waiting_for_a_dead_program_ends_at_once() -> None:
    def alive() -> None:
        raise ComponentError("etcd ended with code 1")

    with pytest.raises(ComponentError, match="code 1"):
        wait_until("etcd", lambda: False, seconds=1000, alive=alive)


def test_the_condition_is_probed_once_more_at_the_deadline() -> None:
    answers: Iterator[bool] = iter([False, True])
    clock = Clock()
    wait_until("it", lambda: next(answers), seconds=0.01, clock=lambda: clock.now, sleep=clock.sleep)
