"""Reads what stands between operators: literals, paths, calls, lists, maps, lambdas, and what is in parentheses.

primary = literal | path | call | list | map | lambda | "(" boolean ")"
"""

from abc import ABC, abstractmethod

from otel_agent.ottl import syntax
from otel_agent.ottl.cursor import Cursor
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.lexer import Token, TokenKind, integer, octets, unquote
from otel_agent.ottl.syntax import Node

NAMES_OF_EDITORS = (TokenKind.LOWER, TokenKind.MIXED_LOWER)


class PrimaryReader(Cursor, ABC):
    """Reads the parts that `otel_agent.ottl.parser` joins by operators; what is inside them it leaves to that again."""

    @abstractmethod
    def _boolean(self) -> Node:
        """Read a value or a condition."""

    @abstractmethod
    def _value(self) -> Node:
        """Read a value; OttlError for a condition."""

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
            if token.kind in NAMES_OF_EDITORS and self._tokens[self._index + 1].text == "=":
                name = token.text
                self._index += 2
            elif arguments and arguments[-1].name is not None:
                raise OttlError(token.column, "an argument without a name cannot follow one with a name")
            arguments.append(syntax.Argument(self._value(), name))
        self._depth -= 1
        return tuple(arguments)
