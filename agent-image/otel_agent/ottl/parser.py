"""Reads statements and conditions by recursive descent, in time that grows with their length and to a bounded depth.

    statement  = editor [ "where" boolean ]              boolean = term { "or" term } ; term = factor { "and" factor }
    factor     = [ "not" ] ( value [ op value ] )
    value      = product { ("+" | "-") product } ;       product = sign { ("*" | "/") sign }
    sign       = [ "+" | "-" ] primary

`otel_agent.ottl.primaries` reads the primaries. What is in parentheses may be a value or a condition, which its form says once it
is read; `_value` and `_condition` refuse the other one. `otel_agent.ottl.cursor.MAX_DEPTH` bounds what nests: parentheses, lists,
maps, indexes, calls.
"""

from otel_agent.ottl import syntax
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.lexer import TokenKind
from otel_agent.ottl.primaries import NAMES_OF_EDITORS, PrimaryReader
from otel_agent.ottl.syntax import BOOLEAN, Node

_NAMES_OF_CONVERTERS = (TokenKind.UPPER, TokenKind.MIXED_UPPER)


def parse_statement(text: str) -> syntax.Statement:
    """Read `editor(...) where condition`; OttlError with the column of what is wrong."""
    return _Parser(text).statement()


def parse_condition(text: str) -> Node:
    """Read a condition; OttlError with the column of what is wrong."""
    return _Parser(text).only_condition()


def parse_value(text: str) -> Node:
    """Read a value expression; OttlError with the column of what is wrong."""
    return _Parser(text).only_value()


class _Parser(PrimaryReader):
    def statement(self) -> syntax.Statement:
        name = self._peek()
        if name.kind in _NAMES_OF_CONVERTERS and self._tokens[self._index + 1].text == "(":
            raise OttlError(name.column, f"a statement begins with an editor, in lower case, not with the converter {name.text}")
        if name.kind not in NAMES_OF_EDITORS or self._tokens[min(self._index + 1, len(self._tokens) - 1)].text != "(":
            raise OttlError(name.column, f"a statement begins with an editor such as set(...), not with {name}")
        self._index += 1
        arguments = self._arguments()
        if self._peek().text == "[":
            raise OttlError(self._peek().column, f"the editor {name.text} returns nothing that could be indexed")
        condition = None
        if self._peek().text == "where":
            self._index += 1
            condition = self._condition()
        self._finish()
        return syntax.Statement(syntax.Call(name.column, name.text, arguments), condition)

    def only_condition(self) -> Node:
        condition = self._condition()
        self._finish()
        return condition

    def only_value(self) -> Node:
        value = self._value()
        self._finish()
        return value

    # Conditions

    def _condition(self) -> Node:
        node = self._boolean()
        if not is_condition(node):
            raise OttlError(
                node.column,
                f"expected a condition: a comparison, true, false or a converter; found a value, followed by {self._peek()}",
            )
        return node

    def _boolean(self) -> Node:
        first = self._term()
        if self._peek().kind is not TokenKind.OR:
            return first
        parts = [self._as_condition(first)]
        while self._peek().kind is TokenKind.OR:
            self._index += 1
            parts.append(self._as_condition(self._term()))
        return syntax.Or(first.column, tuple(parts))

    def _term(self) -> Node:
        first = self._factor()
        if self._peek().kind is not TokenKind.AND:
            return first
        parts = [self._as_condition(first)]
        while self._peek().kind is TokenKind.AND:
            self._index += 1
            parts.append(self._as_condition(self._factor()))
        return syntax.And(first.column, tuple(parts))

    def _factor(self) -> Node:
        token = self._peek()
        if token.kind is TokenKind.NOT:
            self._index += 1
            return syntax.Not(token.column, self._as_condition(self._compared()))
        return self._compared()

    def _compared(self) -> Node:
        left = self._sum()
        token = self._peek()
        if token.kind is not TokenKind.COMPARISON:
            return left
        self._index += 1
        right = self._sum()
        return syntax.Comparison(left.column, token.text, self._as_value(left), self._as_value(right))

    def _as_condition(self, node: Node) -> Node:
        if not is_condition(node):
            raise OttlError(node.column, "expected a condition: a comparison, true, false or a converter; found a value")
        return node

    def _as_value(self, node: Node) -> Node:
        if isinstance(node, BOOLEAN):
            raise OttlError(node.column, "expected a value, found a condition")
        return node

    # Values

    def _value(self) -> Node:
        return self._as_value(self._sum())

    def _sum(self) -> Node:
        return self._chain(TokenKind.SIGN)

    def _chain(self, kind: TokenKind) -> Node:
        first = self._operand(kind)
        if self._peek().kind is not kind:
            return first
        rest = []
        self._check_operand(first)
        while self._peek().kind is kind:
            operator = self._next().text
            operand = self._operand(kind)
            self._check_operand(operand)
            rest.append((operator, operand))
        return syntax.Math(first.column, first, tuple(rest))

    def _operand(self, kind: TokenKind) -> Node:
        return self._chain(TokenKind.FACTOR) if kind is TokenKind.SIGN else self._signed()

    def _check_operand(self, node: Node) -> None:
        literal = isinstance(node, syntax.Literal) and (isinstance(node.value, bool) or not isinstance(node.value, (int, float)))
        if literal or isinstance(node, (*BOOLEAN, syntax.ListOf, syntax.MapOf, syntax.Enum, syntax.Lambda, syntax.FunctionName)):
            raise OttlError(node.column, "only numbers, paths and converters can be computed with")

    def _signed(self) -> Node:
        token = self._peek()
        if token.kind is not TokenKind.SIGN:
            return self._primary()
        self._index += 1
        operand = self._primary()
        self._check_operand(operand)
        if token.text == "+":
            return operand
        if isinstance(operand, syntax.Literal):
            return syntax.Literal(token.column, -operand.value)
        return syntax.Negated(token.column, operand)


def is_condition(node: Node) -> bool:
    """Whether a node can stand for true or false."""
    return isinstance(node, (*BOOLEAN, syntax.Call)) or (isinstance(node, syntax.Literal) and isinstance(node.value, bool))
