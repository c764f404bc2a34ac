"""Cuts an expression into tokens. Pure and bounded."""

import re
from dataclasses import dataclass

MAX_TEXT = 16_384
"""Longest expression in characters."""
_TOKEN = re.compile(
    r"""\s+
    |(?P<number>0[xX][0-9a-fA-F_]+|(?:\d[\d_]*(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_$][A-Za-z0-9_]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<symbol>\*\*|&&|\|\||==|!=|<=|>=|\?\?|\?\.|\?:|\.\.|[-+*/%<>!?:.,()\[\]{}|^])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)


class ExpressionError(ValueError):
    """The expression is none, or cannot be evaluated; the message has the column."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, name, string, symbol or end; `value` the number, the text or the symbol."""

    kind: str
    value: str | int | float
    column: int


def tokens(text: str) -> list[Token]:
    """Return the tokens with an end token behind them; `ExpressionError` at what is none."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"an expression has at most {MAX_TEXT} characters", MAX_TEXT + 1)
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            what = "string without an end" if text[position] in "\"'`" else f"unexpected character {text[position]!r}"
            raise ExpressionError(what, position + 1)
        if match.lastgroup is not None:
            found.append(_token(match.lastgroup, match[0], position + 1))
        position = match.end()
    found.append(Token("end", "", len(text) + 1))
    return found


def _token(kind: str, text: str, column: int) -> Token:
    if kind == "string":
        return Token(kind, text[1:-1] if text[0] == "`" else _ESCAPE.sub(_unescape, text[1:-1]), column)
    if kind == "number":
        return Token(kind, _number(text.replace("_", ""), column), column)
    return Token(kind, text, column)


def _number(text: str, column: int) -> int | float:
    if len(text) > 40:
        raise ExpressionError("number with too many digits", column)
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return float(text) if any(character in text for character in ".eE") else int(text)


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else "\N{REPLACEMENT CHARACTER}"
    if match[4]:
        return chr(int(match[4], 8) & 0xFF)
    return _ESCAPES.get(match[5], match[5])
