"""Goes through the tokens of a statement, and bounds how deep what is read may nest."""

from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.lexer import Token, TokenKind, tokenize

MAX_DEPTH = 48
"""Levels of nesting: each costs Python a handful of frames here, and again when the statement runs."""


class Cursor:
    """A place among the tokens of a text. For the parser, whose parts share it."""

    def __init__(self, text: str) -> None:
        self._tokens = tokenize(text)
        self._index = 0
        self._depth = 0

    def _peek(self) -> Token:
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._tokens[self._index]
        self._index = min(self._index + 1, len(self._tokens) - 1)
        return token

    def _takes(self, text: str) -> bool:
        if self._peek().text == text and self._peek().kind is not TokenKind.STRING:
            self._index += 1
            return True
        return False

    def _expect(self, text: str, where: str) -> None:
        if not self._takes(text):
            raise OttlError(self._peek().column, f"expected {text!r} {where}, found {self._peek()}")

    def _finish(self) -> None:
        token = self._peek()
        if token.kind is not TokenKind.END:
            raise OttlError(token.column, f"expected the end, found {token}")

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise OttlError(token.column, f"nested deeper than {MAX_DEPTH} levels")
