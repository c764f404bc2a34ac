"""The syntax tree of statements. Every node knows the column (from 1) where it begins."""

from dataclasses import dataclass

from otel_agent.ottl.values import Value


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in an expression."""

    column: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """nil, true, 12, 0.5, "text", 0xff."""

    value: Value


@dataclass(frozen=True, slots=True)
class Enum(Node):
    """A name in capitals: a symbol of the context."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """One step of a path: a name and what indexes it."""

    name: str
    keys: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`span.attributes["k"][0]`; whether the first name is a context is for the context to say."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """A value, or the name of a converter, with the parameter's name where that is written."""

    value: Node
    name: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionName(Node):
    """A converter's name without parentheses, as an argument."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A converter or editor with its arguments, and what indexes the result."""

    name: str
    arguments: tuple[Argument, ...]
    keys: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b]`."""

    members: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """`{"key": value}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Math(Node):
    """`first op operand op operand …`, operators of one precedence, worked out from the left."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negated(Node):
    """`-operand`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    """`(a, _) => body`."""

    parameters: tuple[str, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`left op right`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not(Node):
    """`not part`."""

    part: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of the parts, two or more."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of the parts, two or more."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """`editor(...) where condition`."""

    editor: Call
    condition: Node | None


BOOLEAN = (Comparison, Not, And, Or)
"""Nodes that are conditions and no values."""
