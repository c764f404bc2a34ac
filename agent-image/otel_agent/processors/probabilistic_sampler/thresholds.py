"""Consistent probability sampling: thresholds and randomness of 56 bits, and how a tracestate writes them. Pure.

An item is kept when its threshold is not above its randomness; a threshold is the number of 2^56 that is rejected.
https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
"""

import math
import re

DIGITS = 14
RANGE = 1 << 56
ALWAYS = 0
NEVER = RANGE
ALL_PROBABILITIES = RANGE - 1
"""The randomness that every threshold but NEVER keeps."""
LEAST_PROBABILITY = 1.0 / RANGE
_HEX = re.compile(r"[0-9a-fA-F]+", re.ASCII)


def parse_threshold(text: str) -> int:
    """Read a `th` value, whose trailing zeros may be left out; ValueError for what is none."""
    if len(text) > DIGITS or not _HEX.fullmatch(text):
        raise ValueError(f"not a sampling threshold of up to {DIGITS} hexadecimal digits: {text[:32]!r}")
    return int(text, 16) << 4 * (DIGITS - len(text))


def format_threshold(threshold: int) -> str:
    """Write a `th` value; empty for NEVER, which has none."""
    if threshold == NEVER:
        return ""
    return f"{threshold:014x}".rstrip("0") or "0"


def parse_randomness(text: str) -> int:
    """Read an `rv` value; ValueError for what is none."""
    if len(text) != DIGITS or not _HEX.fullmatch(text):
        raise ValueError(f"not {DIGITS} hexadecimal digits of randomness: {text[:32]!r}")
    return int(text, 16)


def format_randomness(randomness: int) -> str:
    """Write an `rv` value."""
    return f"{randomness:014x}"


def probability_of(threshold: int) -> float:
    """Return the share of items that a threshold keeps."""
    return float(RANGE - threshold) / float(RANGE)


def threshold_of(probability: float, precision: int) -> int:
    """Return the threshold that keeps this share, with so many significant digits, more near 0 and 1.

    ValueError below 2^-56 and above 1.
    """
    if not LEAST_PROBABILITY <= probability <= 1:
        raise ValueError(f"sampling probability {probability} is not between 2^-56 and 1")
    if probability == 1:
        return ALWAYS
    leading = max(_leading_digits(probability), _leading_digits(1 - probability))
    threshold = RANGE - _rounded(probability * RANGE)
    shift = 4 * (DIGITS - min(DIGITS, precision + leading))
    if shift:
        threshold = (threshold + (1 << (shift - 1))) >> shift << shift
    return threshold


def _leading_digits(fraction: float) -> int:
    """Leading hexadecimal digits that are 0, in the fraction."""
    return int(math.frexp(fraction)[1] / -4)


def _rounded(number: float) -> int:
    """To the nearest integer, a half upwards."""
    whole = math.floor(number)
    return whole + (number - whole >= 0.5)
