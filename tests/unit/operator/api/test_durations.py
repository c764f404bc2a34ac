"""Durations are told as the API server's format `duration` tells them."""

import pytest

from otel_operator.api.durations import is_duration


@pytest.mark.parametrize("text", ["30s", "1h30m", "1.5s", "-2ms", "0", "2 days", "1w", "3 seconds", "in 5 min"])
def test_durations(text: str) -> None:
    assert is_duration(text)


@pytest.mark.parametrize("text", ["", "s", "30", "soon", "1 x", "5 parsecs"])
def test_what_is_none(text: str) -> None:
    assert not is_duration(text)
