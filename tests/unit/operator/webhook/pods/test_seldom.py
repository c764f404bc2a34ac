import logging

import pytest

from otel_operator.webhook.pods.seldom import Seldom


def test_a_flood_of_lines_is_one_a_period_with_their_number(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    seldom = Seldom(period=30.0, clock=lambda: now[0])
    with caplog.at_level(logging.WARNING):
        assert [seldom.warning("a", f"line {number}") for number in range(5)] == [True, False, False, False, False]
        assert seldom.warning("b", "another")
        now[0] = 30.0
        assert seldom.warning("a", "line 6")
    assert [record.message for record in caplog.records] == ["line 0", "another", "line 6 (and 4 more like it)"]


def test_the_number_of_kinds_is_bounded() -> None:
    seldom = Seldom(period=1e9)
    for number in range(1001):
        assert seldom.warning(str(number), "text")
    assert seldom.warning("0", "text")
