"""Random tests of whole traces, about keys and values that the random requests have."""

from random import Random

from otel_agent.pdata.judging import Test
from tests.fuzz.requests import KEYS, NUMBERS, TEXTS

_PATTERNS = ("", "^G", "x{3}", "[0-9]+", "ü", ".*", "(?i)TRUE")


def tests(random: Random) -> list[Test]:
    """Up to eight tests."""
    return [_test(random) for _ in range(random.randrange(9))]


def _test(random: Random) -> Test:
    key = random.choice(KEYS)
    match random.randrange(9):
        case 0:
            return ("status", random.sample(range(4), random.randrange(1, 4)))
        case 1:
            return ("latency", random.choice((0, 1, 10**6, -5)), random.choice((0, 10**9)))
        case 2:
            return ("int", key, random.choice((-(2**63), 0, 1)), random.choice((*NUMBERS, 2**63 - 1)))
        case 3:
            return ("bool", key, random.random() < 0.5)
        case 4:
            return ("text", key, random.sample(TEXTS, 3))
        case 5:
            return ("pattern", key, random.sample(_PATTERNS, 2))
        case 6:
            return ("trace_state", random.choice(("k", "a")), random.sample(TEXTS, 3))
        case 7:
            return ("sampled_flag",)
    return ("hash", random.choice(TEXTS), random.randrange(2**64))
