"""Random programs for the kernel, and random patterns in the dialect of RE2."""

from random import Random
from typing import Any

from otel_agent.pdata.program import ASSIGNABLE, COMPARISONS, FIELDS, LEVELS, TEXT_FIELDS, Condition, Edit, Path, Step
from otel_agent.pdata.telemetry import Signal
from tests.fuzz.requests import KEYS, TEXTS

PATTERNS = (
    "^http",
    r"\d+",
    r"(?P<first>[a-z]+)\.(?P<second>\w*)",
    "(?i)get|ZÜRICH",
    "^$",
    r"(?P<all>.*)(?P<never>z)?",
    "[[:alpha:]]$",
)
LITERALS = (None, True, False, 0, 1, 2, 127, -1, 2**63 - 1, 0.0, 1.0, -2.5, 3.0, float("inf"), *TEXTS, b"", b"GET", b"\1" * 16)
VALUES: tuple[Any, ...] = (*LITERALS[1:], [], [1, "a", [b"x", 0.5]], {}, {"a": {"b": True}, "": [1]})
_PIECES = (
    *("a", "b", "ä", "1", "-", "_", " ", ".", "^", "$", "*", "+", "?", "|", "(", ")", "(?:", "(?P<n>", "[", "[^", "]", "&&"),
    *("~~", "--"),
    *("{2}", "{1,3}", "{,2}", "{", "}", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\b", "\\B", "\\A", "\\z", "\\."),
    *("\\<", "\\-", "\\n"),
    *("[a-z]", "[[:digit:]]"),
    *("[\\d-]", "[-a]", "\\x41", "\\x{e4}", "\\pL", "\\p{Greek}", "\\Qa.\\E", "#", "\\t", "k", "s", "\u017f"),
)  # fmt: skip


def pattern(random: Random) -> str:
    """Pieces of the syntax in any order; many are no pattern."""
    return random.choice(("", "", "(?i)", "(?s)", "(?m)")) + "".join(
        random.choice(_PIECES) for _ in range(random.randrange(1, 7))
    )


def path(random: Random, levels: tuple[str, ...], *, attribute: bool = False) -> Path:
    """An attribute, or unless told so a field, of one of the levels."""
    level = random.choice([level for level in levels if level != "metric"])
    if attribute or random.random() < 0.5:
        return (level, "attributes", random.choice(KEYS))
    level = random.choice(levels)
    return (level, random.choice(FIELDS[level])) if FIELDS[level] else (level, "attributes", random.choice(KEYS))


def condition(random: Random, levels: tuple[str, ...], depth: int = 0) -> Condition:
    """Any condition, not deeper than three."""
    kind = random.randrange(8)
    if kind == 0 and depth < 3:
        parts = (condition(random, levels, depth + 1) for _ in range(random.randrange(3)))
        return (random.choice(("and", "or")), *parts)
    if kind == 1 and depth < 3:
        return ("not", condition(random, levels, depth + 1))
    if kind == 2:
        return ("exists", path(random, levels, attribute=True))
    if kind == 3:
        return (random.choice(("matches", "text_matches", "like")), path(random, levels), random.choice(PATTERNS))
    if kind == 4:
        return ("is", path(random, levels), random.choice(LITERALS))
    if kind == 5:
        return (random.choice(COMPARISONS), path(random, levels), path(random, levels))
    return (random.choice(COMPARISONS), path(random, levels), random.choice(LITERALS))


def edit(random: Random, levels: tuple[str, ...]) -> Edit:
    """Any edit."""
    if levels[-1] == "metric" or random.random() < 0.2:
        fields = [field for field in FIELDS[levels[-1]] if field in ASSIGNABLE]
        if fields:
            return _assignment(random, levels, random.choice(fields))
    key = random.choice(KEYS)
    kind = random.randrange(9)
    if kind < 4:
        value: tuple[str, Any] = ("from", path(random, levels)) if random.random() < 0.4 else ("value", random.choice(VALUES))
        return (random.choice(("insert", "update", "upsert")), key, value)
    if kind == 4:
        keep = random.choice(("keep", "delete"))
        if random.random() < 0.5:
            return (f"{keep}_matching", random.choice(PATTERNS))
        return ("delete", key) if keep == "delete" else ("keep", random.sample(KEYS, 2))
    if kind in (5, 6):
        algorithm = random.choice(("sha1", "sha256"))
        return ("hash", key, algorithm) if kind == 5 else ("hash_matching", random.choice(PATTERNS), algorithm)
    if kind == 7:
        return ("extract", key, random.choice(PATTERNS))
    return ("convert", key, random.choice(("int", "double", "string")))


def _assignment(random: Random, levels: tuple[str, ...], field: str) -> Edit:
    if random.random() < 0.5:
        return ("assign", field, ("from", path(random, levels)))
    if field in TEXT_FIELDS:
        return ("assign", field, ("value", random.choice(TEXTS)))
    return ("assign", field, ("value", random.choice((0, 1, 2, -1, 2**31, 2**63 - 1))))


def edits(random: Random, signal: Signal) -> tuple[str, list[Step]]:
    """A level and up to four steps."""
    levels = LEVELS[signal]
    level = random.choice(levels)
    known = levels[: levels.index(level) + 1]
    steps: list[Step] = []
    for _ in range(random.randrange(1, 5)):
        steps.append((edit(random, known), condition(random, known) if random.random() < 0.4 else None))
    return level, steps


def filtering(random: Random, signal: Signal) -> tuple[str, Condition]:
    """A level and a condition."""
    levels = LEVELS[signal]
    level = random.choice(levels)
    return level, condition(random, levels[: levels.index(level) + 1])
