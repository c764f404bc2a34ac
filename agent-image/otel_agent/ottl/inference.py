"""Which context statements are for, from the names that their paths begin with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from otel_agent.ottl import syntax
from otel_agent.ottl.contexts.context import CONTEXTS
from otel_agent.ottl.function import Function

_PRIORITY = ("log", "datapoint", "metric", "spanevent", "span", "scope", "resource")
_ALIASES = {"instrumentation_scope": "scope"}


@dataclass(slots=True)
class Hints:
    """What is used: beginnings of paths, functions, symbols."""

    prefixes: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    symbols: set[str] = field(default_factory=set)


def infer_context(nodes: Iterable[syntax.Node], candidates: Sequence[str], functions: Mapping[str, Function]) -> str:
    """Return the lowest context that the paths name and that has the functions and symbols; ValueError where there is none.

    `candidates` are the contexts of the signal, the lowest first.
    """
    hints = Hints()
    for node in nodes:
        _collect(node, hints, frozenset())
    named = {_ALIASES.get(prefix, prefix) for prefix in hints.prefixes} & CONTEXTS.keys()
    if not named:
        raise ValueError(f"no context can be inferred: begin the paths with one of {', '.join(candidates)}, or set context")
    lowest = min(named, key=_PRIORITY.index)
    if lowest not in candidates:
        raise ValueError(f"the context {lowest} is not one of this signal: {', '.join(candidates)}")
    lacking = _lacking(lowest, hints, functions)
    if lacking is None:
        return lowest
    for name in candidates:
        if lowest in CONTEXTS[name].layers and name != lowest and _lacking(name, hints, functions) is None:
            return name
    raise ValueError(f"the context {lowest}, inferred from the paths, has no {lacking}")


def _lacking(name: str, hints: Hints, functions: Mapping[str, Function]) -> str | None:
    """Name what the context does not have. Functions that nobody knows are left to the compiler, which knows the column."""
    for function in sorted(hints.functions):
        known = functions.get(function)
        if known is not None and known.contexts is not None and name not in known.contexts:
            return f"function {function}"
    for symbol in sorted(hints.symbols):
        if symbol not in CONTEXTS[name].enums and symbol not in functions:
            return f"symbol {symbol}"
    return None


def _collect(node: syntax.Node, hints: Hints, parameters: frozenset[str]) -> None:
    if isinstance(node, syntax.Path):
        if node.fields[0].name not in parameters and len(node.fields) > 1:
            hints.prefixes.add(node.fields[0].name)
    elif isinstance(node, (syntax.Call, syntax.FunctionName)):
        hints.functions.add(node.name)
    elif isinstance(node, syntax.Enum):
        hints.symbols.add(node.name)
    elif isinstance(node, syntax.Lambda):
        parameters |= set(node.parameters)
    for part in children(node):
        _collect(part, hints, parameters)


def children(node: syntax.Node) -> Iterator[syntax.Node]:
    """Go through the nodes right below a node."""
    match node:
        case syntax.Path(fields=fields):
            for step in fields:
                yield from step.keys
        case syntax.Call(arguments=arguments, keys=keys):
            yield from (argument.value for argument in arguments)
            yield from keys
        case syntax.Math(first=first, rest=rest):
            yield first
            yield from (operand for _, operand in rest)
        case syntax.Negated(operand=part) | syntax.Not(part=part) | syntax.Lambda(body=part):
            yield part
        case syntax.ListOf(members=parts) | syntax.And(parts=parts) | syntax.Or(parts=parts):
            yield from parts
        case syntax.MapOf(entries=entries):
            yield from (part for _, part in entries)
        case syntax.Comparison(left=left, right=right):
            yield left
            yield right
