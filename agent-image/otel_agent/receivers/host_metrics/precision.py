"""Ratios and times without the noise of binary fractions, rounded as the Go collector rounds them."""

import math


def ratio(part: int, whole: int) -> float:
    """Return part / whole to as many decimals as the larger has digits; 0 for a whole of 0."""
    if whole == 0:
        return 0.0
    digits = max(math.floor(math.log10(max(part, whole, 1))) + 1, 1)
    return round(part / whole, digits)


def milliseconds(count: int) -> float:
    """Return a number of milliseconds in seconds."""
    return round(count / 1000, 3)
