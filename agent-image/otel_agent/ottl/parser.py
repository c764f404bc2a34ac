"""Reads statements and conditions by recursive descent, in time that grows with their length and to a bounded depth.

    statement  = editor [ "where" boolean ]              boolean = term { "or" term } ; term = factor { "and" factor }
    factor     = [ "not" ] ( value [ op value ] )
    value      = product { ("+" | "-") product } ;       product = sign { ("*" | "/") sign }
    sign       = [ "+" | "-" ] primary ;                 primary = literal | path | call | list | map | lambda | "(" boolean ")"

What is in parentheses may be a value or a condition, which its form says once it is read; `_value` and `_condition` refuse the
other one. `otel_agent.ottl.cursor.MAX_DEPTH` bounds what nests: parentheses, lists, maps, indexes, calls.
"""

from otel_agent.ottl import syntax
from otel_agent.ottl.cursor import Cursor
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.lexer import Token, TokenKind, integer, octets, unquote
from otel_agent.ottl.syntax import BOOLEAN, Node

_NAMES_OF_EDITORS = (TokenKind.LOWER, TokenKind.MIXED_LOWER)
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


class _Parser(Cursor):
    def statement(self) -> syntax.Statement:
        name = self._peek()
        if name.kind in _NAMES_OF_CONVERTERS and self._tokens[self._index + 1].text == "(":
            raise OttlError(name.column, f"a statement begins with an editor, in lower case, not with the converter {name.text}")
        if name.kind not in _NAMES_OF_EDITORS or self._tokens[min(self._index + 1, len(self._tokens) - 1)].text != "(":
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

    def _primary(self) -> Node:
        token = self._next()
        match token.kind:
            case TokenKind.STRING:
                return syntax.Literal(token.column, unquote(token))
            case TokenKind.INT:
                return syntax.Literal(token.column, integer(token))
            case TokenKind.FLOAT:
                return syntax.Literal(token.column, float(token.text))
            case TokenKind.NIL:
                return syntax.Literal(token.column, None)
            case TokenKind.BOOL:
                return syntax.Literal(token.column, token.text == "true")
            case TokenKind.BYTES:
                return syntax.Literal(token.column, octets(token))
            case TokenKind.LOWER:
                return self._path(token)
            case TokenKind.MIXED_LOWER:
                raise OttlError(token.column, f"the names in a path are in lower case, not {token}")
            case TokenKind.UPPER | TokenKind.MIXED_UPPER:
                return self._named(token)
        self._deeper(token)
        try:
            match token.text:
                case "(":
                    return self._parentheses(token)
                case "[":
                    return self._list(token)
                case "{":
                    return self._map(token)
        finally:
            self._depth -= 1
        raise OttlError(token.column, f"expected a value, found {token}")

    def _parentheses(self, opening: Token) -> Node:
        parameters = self._lambda_parameters()
        if parameters is not None:
            return syntax.Lambda(opening.column, parameters, self._boolean())
        inside = self._boolean()
        self._expect(")", "to close the parenthesis")
        return inside

    def _lambda_parameters(self) -> tuple[str, ...] | None:
        """Names up to `) =>` and past it; None, and nothing taken, where it is no lambda."""
        index, names = self._index, []
        while self._tokens[index].kind in (TokenKind.LOWER, TokenKind.UNDERSCORE):
            names.append(self._tokens[index].text)
            index += 1
            if self._tokens[index].text != ",":
                break
            index += 1
        if self._tokens[index].text != ")" or self._tokens[index + 1].kind is not TokenKind.ARROW:
            return None
        self._index = index + 2
        return tuple(names)

    def _list(self, opening: Token) -> Node:
        members: list[Node] = []
        while not self._takes("]"):
            if members:
                self._expect(",", "or ']' in a list")
            members.append(self._value())
        return syntax.ListOf(opening.column, tuple(members))

    def _map(self, opening: Token) -> Node:
        entries: list[tuple[str, Node]] = []
        while not self._takes("}"):
            key = self._next()
            if key.kind is not TokenKind.STRING:
                raise OttlError(key.column, f"the keys of a map are strings, found {key}")
            self._expect(":", "behind the key of a map")
            entries.append((unquote(key), self._value()))
            self._takes(",")
        return syntax.MapOf(opening.column, tuple(entries))

    def _named(self, token: Token) -> Node:
        if self._peek().text == "(":
            arguments = self._arguments()
            return syntax.Call(token.column, token.text, arguments, self._keys())
        if token.kind is TokenKind.UPPER:
            return syntax.Enum(token.column, token.text)
        return syntax.FunctionName(token.column, token.text)

    def _path(self, first: Token) -> Node:
        if self._peek().text == "(":
            raise OttlError(first.column, f"the editor {first.text} stands at the start of a statement only")
        fields = [syntax.Field(first.text, self._keys())]
        while self._takes("."):
            name = self._next()
            if name.kind is not TokenKind.LOWER:
                raise OttlError(name.column, f"expected a name in lower case behind the dot, found {name}")
            fields.append(syntax.Field(name.text, self._keys()))
        return syntax.Path(first.column, tuple(fields))

    def _keys(self) -> tuple[Node, ...]:
        keys: list[Node] = []
        while self._peek().text == "[" and self._peek().kind is TokenKind.PUNCTUATION:
            self._deeper(self._next())
            keys.append(self._value())
            self._expect("]", "behind an index")
            self._depth -= 1
        return tuple(keys)

    def _arguments(self) -> tuple[syntax.Argument, ...]:
        self._deeper(self._next())
        arguments: list[syntax.Argument] = []
        while not self._takes(")"):
            if arguments:
                self._expect(",", "or ')' between arguments")
            token, name = self._peek(), None
            if token.kind in _NAMES_OF_EDITORS and self._tokens[self._index + 1].text == "=":
                name = token.text
                self._index += 2
            elif arguments and arguments[-1].name is not None:
                raise OttlError(token.column, "an argument without a name cannot follow one with a name")
            arguments.append(syntax.Argument(self._value(), name))
        self._depth -= 1
        return tuple(arguments)


def is_condition(node: Node) -> bool:
    """Whether a node can stand for true or false."""
    return isinstance(node, (*BOOLEAN, syntax.Call)) or (isinstance(node, syntax.Literal) and isinstance(node.value, bool))
