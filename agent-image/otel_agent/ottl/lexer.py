"""Cuts the text of a statement into tokens."""

import re
from enum import StrEnum
from typing import NamedTuple

from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.values import INT64_MAX

MAX_LENGTH = 65_536
"""Characters of a statement. What people write is far below; reading this much takes a fraction of a second."""


class TokenKind(StrEnum):
    """Kinds of tokens; the value is how messages call them."""

    BYTES = "bytes"
    FLOAT = "number with a fraction"
    INT = "number"
    STRING = "string"
    NIL = "nil"
    BOOL = "boolean"
    NOT = "not"
    AND = "and"
    OR = "or"
    COMPARISON = "comparison"
    ARROW = "=>"
    SIGN = "+ or -"
    FACTOR = "* or /"
    PUNCTUATION = "punctuation"
    UPPER = "name in capitals"
    MIXED_UPPER = "name of a converter"
    LOWER = "name"
    MIXED_LOWER = "name in mixed case"
    UNDERSCORE = "_"
    END = "end of the statement"


class Token(NamedTuple):
    """A token as it is written, and the column of its first character, counted from 1."""

    kind: TokenKind
    text: str
    column: int

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= 40 else f"{self.text[:40]}…"
        return self.kind.value if self.kind is TokenKind.END else repr(shown)


_TOKEN = re.compile(
    r"""(?P<BYTES>0x[0-9a-fA-F]+)
    | (?P<FLOAT>(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    | (?P<INT>[0-9]+)
    | (?P<STRING>"(?:\\.|[^\\"])*")
    | (?P<NAME>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<ARROW>=>)
    | (?P<COMPARISON>==|!=|>=|<=|>|<)
    | (?P<SIGN>[+-])
    | (?P<FACTOR>[*/])
    | (?P<PUNCTUATION>[=(){}:,.\[\]])
    | (?P<SPACE>\s+)
    """,
    re.VERBOSE | re.DOTALL,
)

_GROUPS = {name: TokenKind[name] for name in _TOKEN.groupindex if name in TokenKind.__members__}
_WORDS = {
    "nil": TokenKind.NIL,
    "not": TokenKind.NOT,
    "or": TokenKind.OR,
    "and": TokenKind.AND,
    "true": TokenKind.BOOL,
    "false": TokenKind.BOOL,
    "_": TokenKind.UNDERSCORE,
}


def tokenize(text: str) -> list[Token]:
    """Return the tokens, the last one END; OttlError where there is none, or the text is too long."""
    if len(text) > MAX_LENGTH:
        raise OttlError(MAX_LENGTH + 1, f"a statement has at most {MAX_LENGTH:,} characters, this one has {len(text):,}")
    tokens = []
    position, end = 0, len(text)
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise OttlError(position + 1, _complaint(text[position]))
        group = found.lastgroup
        if group != "SPACE":
            word = found.group()
            kind = _kind_of_name(word) if group == "NAME" else _GROUPS[str(group)]
            tokens.append(Token(kind, word, position + 1))
        position = found.end()
    tokens.append(Token(TokenKind.END, "", end + 1))
    return tokens


def _complaint(character: str) -> str:
    if character == '"':
        return "this string has no closing quote"
    if character == "'":
        return "strings are written in double quotes"
    return f"unexpected character {character!r}"


def _kind_of_name(word: str) -> TokenKind:
    special = _WORDS.get(word)
    if special is not None:
        return special
    if word[0].isupper():
        return TokenKind.UPPER if word.isupper() else TokenKind.MIXED_UPPER
    return TokenKind.LOWER if word.islower() and word[0] != "_" else TokenKind.MIXED_LOWER


_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


def unquote(token: Token) -> str:
    r"""Return the text a STRING stands for: escapes as in Go. OttlError for those that are none, such as `\d`."""
    body = token.text[1:-1]
    if "\\" not in body:
        return body

    def replace(found: re.Match[str]) -> str:
        byte, short, long, octal, simple = found.groups()
        if simple is not None:
            if simple not in _SIMPLE:
                hint = " (in a regular expression write \\\\)" if simple not in "xuU'" and not simple.isdigit() else ""
                raise OttlError(token.column + 1 + found.start(), f"unknown escape \\{simple} in a string{hint}")
            return _SIMPLE[simple]
        code = int(octal, 8) if octal else int(byte or short or long, 16)
        if code > (0xFF if octal else 0x10FFFF) or 0xD800 <= code <= 0xDFFF:
            raise OttlError(token.column + 1 + found.start(), f"escape {found.group()} is no character")
        return chr(code)

    return _ESCAPE.sub(replace, body)


def integer(token: Token) -> int:
    """Return the number an INT stands for; OttlError for one that does not fit in 64 bits."""
    if len(token.text) > 19 or int(token.text) > INT64_MAX:
        raise OttlError(token.column, f"{token} does not fit in 64 bits")
    return int(token.text)


def octets(token: Token) -> bytes:
    """Return what a BYTES stands for; OttlError for an odd number of digits."""
    if len(token.text) % 2:
        raise OttlError(token.column, f"{token} has half a byte too many: two digits make a byte")
    return bytes.fromhex(token.text[2:])
