"""Cutting texts, by the kernel and in Python."""

import pytest

from otel_agent.ottl.truncation import truncated, truncating

VALUES = {
    "ascii": "abcdef",
    "two bytes": "ääää",
    "three": "日本語",
    "four": "😀😀",
    "short": "a",
    "number": 1234567,
    "list": ["abcdef"],
}


@pytest.mark.parametrize("utf8_safe", [True, False])
@pytest.mark.parametrize("limit", range(14))
def test_both_ways_cut_alike(limit: int, utf8_safe: bool) -> None:
    cut = truncated(VALUES, limit, utf8_safe)
    assert truncating(limit)(VALUES, utf8_safe) == cut
    assert set(cut) == {key for key, value in VALUES.items() if isinstance(value, str) and len(value.encode()) > limit}


def test_a_character_that_would_be_halved_is_left_out_or_replaced() -> None:
    assert truncating(4)({"a": "日本"}, True) == {"a": "日"}
    assert truncating(4)({"a": "日本"}, False) == {"a": "日\ufffd"}


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="the limit -1 is negative"):
        truncating(-1)
