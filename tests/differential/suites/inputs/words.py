"""Arguments that are words, numbers, lists and maps."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.differential.generating import WORDS, double, integer, scalar, text, value

Make = Callable[[Random], Any]


def damaged(random: Random, whole: str) -> str:
    """The text, and once in a while one character more, less or other."""
    if random.random() < 0.75 or not whole:
        return whole
    at = random.randrange(len(whole))
    return whole[:at] + random.choice(("", '"', " ", "<", "%", "\\", "9")) + whole[at + random.randint(0, 1) :]


def list_of(make: Make) -> Make:
    """Make lists."""
    return lambda random: [make(random) for _ in range(random.randint(0, 6))]


def map_of(make: Make) -> Make:
    """Make maps."""
    return lambda random: {text(random): make(random) for _ in range(random.randint(0, 5))}


def one_pair(random: Random) -> dict[str, Any]:
    """A map whose order does not show."""
    return {text(random): value(random)} if random.random() < 0.9 else {}


def readable(random: Random) -> Any:
    """A scalar that is text whatever is shown of it."""
    found = scalar(random)
    return b"abc" if isinstance(found, bytes) else found


def small(random: Random) -> int:
    """A number about the length of a word."""
    return random.randint(-1, 8)


def short(random: Random) -> str:
    """A beginning or end that words have."""
    return random.choice(("", "a", "h", "E", "x", " ", "é", "日", "some", "Name2", "http."))


def ascii_text(random: Random) -> str:
    """Text without characters of several bytes."""
    return text(random).encode("ascii", "ignore").decode()


def long_text(random: Random) -> str:
    """Text around the block sizes of hashes."""
    return "".join(random.choice(WORDS) for _ in range(random.randint(0, 60)))


def cased(random: Random) -> str:
    """Names in all spellings."""
    parts = (
        "some",
        "Name",
        "HTTP",
        "2",
        "x1",
        "_",
        "-",
        " ",
        ".",
        "ß",
        "É",
        "\u0131",
        "İ",
        "ǆ",
        "Straße",
        "99",
        "é",
        "URLs",
        ":",
        "/",
    )
    return "".join(random.choice(parts) for _ in range(random.randint(0, 6)))


def delimiter(random: Random) -> str:
    """Something that occurs in words."""
    return random.choice(("", " ", "=", ",", "a", "ab", ".", "日"))


def digits(random: Random) -> str:
    """Numbers as text."""
    return random.choice(
        (
            str(integer(random)),
            str(double(random)),
            random.choice(
                (
                    "",
                    "+5",
                    "-0",
                    "0x1F",
                    "0b101",
                    "0o17",
                    "017",
                    "1_000",
                    "0x_1F",
                    "1__0",
                    "zz",
                    "7fffffffffffffff",
                    "9223372036854775808",
                )
            ),
            random.choice(
                (
                    "true",
                    "T",
                    "0",
                    "1",
                    "FALSE",
                    "inf",
                    "NaN",
                    "1e5",
                    "1e999",
                    "0x1p-2",
                    " 1",
                    "1 ",
                    ".5",
                    "5.",
                    "4111 1111 1111 1111",
                )
            ),
            "".join(random.choice("0123456789") for _ in range(random.randint(1, 16))),
        )
    )


def base(random: Random) -> int:
    """A base, mostly one that there is."""
    return random.choice((0, 2, 8, 10, 16, 36, 1, 37, -1))


def pattern(random: Random) -> str:
    """Regular expressions, some of them wrong."""
    return random.choice(
        (
            "a",
            "^$",
            "(?i)ERROR",
            r"\d+",
            r"(?P<k>\w+)=(?P<v>.*)",
            "(?P<a>x)|(?P<b>y)",
            "(?<n>[a-z]+)",
            "[",
            "(",
            r"\pL+",
            ".*",
            r"\bname\b",
            "(a)(?P<x>b)?",
            r"(?s)^.{2}(?P<rest>.*)$",
            r"[[:upper:]](?P<low>[[:lower:]]+)",
            "(?P<k>",
            "a{1001}",
            r"\1",
            "(?=a)",
            r"\z",
            r"\Z",
            r"\Qa.b\E",
            r"(?P<x>\S+) (?P<x>\S+)",
        )
    )


def level(random: Random) -> Any:
    """Levels as texts and numbers."""
    return random.choice(("err", "error", "warn", "info", 3, 4, 5, 6, 404, 499, 500, 2.5, None, True))


def identifier(random: Random) -> Any:
    """Ids as bytes and as hex."""
    size = random.choice((8, 16, 16, 7))
    data = random.randbytes(size)
    return random.choice((data, data.hex(), data.hex().upper(), "z" * size * 2, None, 5, ""))


def sortable(random: Random) -> Any:
    """Lists of what has an order."""
    make = random.choice((integer, double, ascii_text, scalar, lambda random: random.choice((integer(random), double(random)))))
    # Of equal members any may be first.
    members = {repr(_order(member)): member for member in list_of(make)(random)}
    return list(members.values()) if random.random() < 0.95 else value(random)


def _order(member: Any) -> Any:
    return float(member) if isinstance(member, (int, float)) and not isinstance(member, bool) else member


def text_or_list(random: Random) -> Any:
    """What Index looks into."""
    return random.choice((text, list_of(scalar), value))(random)


def mostly_nil(random: Random) -> Any:
    """Nil, or anything."""
    return None if random.random() < 0.7 else value(random)


def named_list(random: Random) -> list[Any]:
    """Lists of maps with a name and a value."""

    def member() -> Any:
        inner = {
            "name": random.choice(("x", "y", "z", 1)),
            "value": scalar(random),
            "at": random.choice(({"name": "deep"}, "flat")),
        }
        for key in list(inner):
            if random.random() < 0.1:
                del inner[key]
        return inner if random.random() < 0.95 else scalar(random)

    return [member() for _ in range(random.randint(0, 4))]
