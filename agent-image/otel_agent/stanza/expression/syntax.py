"""Parses an expression into a tree of tuples-like nodes, by precedence climbing. Pure and bounded in depth."""

from dataclasses import dataclass
from typing import Any

from otel_agent.stanza.expression.lexer import ExpressionError, Token, tokens

MAX_DEPTH = 100
"""Deepest nesting of an expression."""
_MAX_NODES = 5_000
_BINARY = {
    "||": 2,
    "or": 2,
    "&&": 3,
    "and": 3,
    "==": 5,
    "!=": 5,
    "<": 5,
    "<=": 5,
    ">": 5,
    ">=": 5,
    "in": 5,
    "matches": 5,
    "contains": 5,
    "startsWith": 5,
    "endsWith": 5,
    "..": 6,
    "+": 7,
    "-": 7,
    "*": 8,
    "/": 8,
    "%": 8,
    "**": 10,
    "^": 10,
    "??": 11,
}
_UNARY_NOT, _UNARY_SIGN = 4, 9
_ALIASES = {"or": "||", "and": "&&", "^": "**"}
_KEYWORDS = {"true": True, "false": False, "nil": None}


@dataclass(frozen=True, slots=True)
class Node:
    """`kind`: constant, name, member, unary, binary, ternary, call, list or map; `value`: its constant, name or operator."""

    kind: str
    column: int
    value: Any = None
    parts: tuple["Node", ...] = ()


def parse(text: str) -> Node:
    """Return the tree; `ExpressionError` with the column of the first mistake."""
    return _Parser(tokens(text)).whole()


class _Parser:
    def __init__(self, items: list[Token]) -> None:
        self._items = items
        self._index = 0
        self._depth = 0
        self._nodes = 0

    def whole(self) -> Node:
        node = self._expression()
        if self._next.kind != "end":
            raise ExpressionError(f"unexpected {str(self._next.value)!r}", self._next.column)
        return node

    @property
    def _next(self) -> Token:
        return self._items[self._index]

    def _take(self) -> Token:
        token = self._items[self._index]
        self._index += token.kind != "end"
        return token

    def _is(self, *symbols: str) -> bool:
        return self._next.kind in ("symbol", "name") and self._next.value in symbols

    def _accept(self, symbol: str) -> bool:
        if self._is(symbol):
            self._take()
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            found = repr(self._next.value) if self._next.kind != "end" else "the end"
            raise ExpressionError(f"expected {symbol!r}, found {found}", self._next.column)

    def _node(self, kind: str, column: int, value: Any = None, *parts: Node) -> Node:
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise ExpressionError(f"an expression has at most {_MAX_NODES} parts", column)
        return Node(kind, column, value, parts)

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} deep", self._next.column)
        node = self._binary(0)
        if self._is("?"):
            column = self._take().column
            if_true = self._expression()
            self._expect(":")
            node = self._node("ternary", column, None, node, if_true, self._expression())
        elif self._is("?:"):
            column = self._take().column
            node = self._node("ternary", column, None, node, node, self._expression())
        self._depth -= 1
        return node

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while self._next.kind in ("symbol", "name"):
            negated = self._is("not") and self._items[self._index + 1].value in (
                "in",
                "matches",
                "contains",
                "startsWith",
                "endsWith",
            )
            token = self._items[self._index + negated]
            operator = str(token.value)
            precedence = _BINARY.get(operator)
            if precedence is None or precedence < least:
                break
            self._index += 1 + negated
            # Powers group to the right, all else to the left.
            right = self._deeper(precedence if precedence == 10 else precedence + 1)
            left = self._node("binary", token.column, _ALIASES.get(operator, operator), left, right)
            if negated:
                left = self._node("unary", token.column, "!", left)
        return left

    def _deeper(self, least: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} deep", self._next.column)
        node = self._binary(least)
        self._depth -= 1
        return node

    def _unary(self) -> Node:
        if self._is("!", "not"):
            column = self._take().column
            return self._node(
                "unary", column, "!", self._deeper(_UNARY_NOT + 1 if self._items[self._index - 1].value == "not" else _UNARY_SIGN)
            )
        if self._is("-", "+"):
            token = self._take()
            return self._node("unary", token.column, token.value, self._deeper(_UNARY_SIGN))
        return self._postfix(self._primary())

    def _postfix(self, node: Node) -> Node:
        while True:
            token = self._next
            if self._accept("."):
                node = self._member(node, token.column)
            elif self._accept("?."):
                node = self._node("optional", token.column, None, self._member(node, token.column))
            elif self._accept("["):
                node = self._index_or_slice(node, token.column)
            elif self._is("("):
                raise ExpressionError("only the functions themselves can be called", token.column)
            else:
                return node

    def _member(self, node: Node, column: int) -> Node:
        name = self._take()
        if name.kind != "name":
            raise ExpressionError("expected a name after .", name.column)
        if self._is("("):
            raise ExpressionError(f'method "{name.value}" is not supported', name.column)
        return self._node("member", column, None, node, self._node("constant", name.column, name.value))

    def _index_or_slice(self, node: Node, column: int) -> Node:
        start = None if self._is(":") else self._expression()
        if not self._accept(":"):
            assert start is not None
            self._expect("]")
            return self._node("member", column, None, node, start)
        nothing = self._node("constant", column)
        end = nothing if self._is("]") else self._expression()
        self._expect("]")
        return self._node("slice", column, None, node, start or nothing, end)

    def _primary(self) -> Node:
        token = self._take()
        if token.kind in ("number", "string"):
            return self._node("constant", token.column, token.value)
        if token.kind == "name":
            name = str(token.value)
            if name in _KEYWORDS:
                return self._node("constant", token.column, _KEYWORDS[name])
            if self._accept("("):
                return self._node("call", token.column, name, *self._items_until(")"))
            return self._node("name", token.column, name)
        if token.value == "(":
            node = self._expression()
            self._expect(")")
            return node
        if token.value == "[":
            return self._node("list", token.column, None, *self._items_until("]"))
        if token.value == "{":
            return self._map(token.column)
        found = f"unexpected {str(token.value)!r}" if token.kind != "end" else "unexpected end"
        raise ExpressionError(found, token.column)

    def _items_until(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self._accept(end):
            if found:
                self._expect(",")
                if self._accept(end):
                    break
            found.append(self._expression())
        return found

    def _map(self, column: int) -> Node:
        keys: list[str] = []
        values: list[Node] = []
        while not self._accept("}"):
            if keys:
                self._expect(",")
            key = self._take()
            if key.kind not in ("name", "string"):
                raise ExpressionError("expected a key", key.column)
            self._expect(":")
            keys.append(str(key.value))
            values.append(self._expression())
        return self._node("map", column, tuple(keys), *values)
