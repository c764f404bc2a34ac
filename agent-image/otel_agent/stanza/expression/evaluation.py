"""Turns the nodes of an expression into functions of an entry. What does not fit is a TypeError, for the caller to explain."""

from collections.abc import Callable
from typing import Any

from otel_agent.stanza.entry import Entry
from otel_agent.stanza.expression.functions import BINARY, FUNCTIONS, type_name
from otel_agent.stanza.expression.lexer import ExpressionError
from otel_agent.stanza.expression.syntax import Node

Expression = Callable[[Entry], Any]
"""Evaluates to a value; `EntryError` when the entry's values do not fit."""
PatternCompiler = Callable[[str], Callable[[str], Any]]
"""Turns a regular expression of the RE2 dialect into a search function; ValueError for what is none."""
_NAMES: dict[str, Expression] = {
    "body": lambda entry: entry.body,
    "$": lambda entry: entry.body,
    "attributes": lambda entry: entry.attributes,
    "resource": lambda entry: entry.resource,
    "timestamp": lambda entry: entry.timestamp,
    "severity": lambda entry: entry.severity,
    "severity_text": lambda entry: entry.severity_text,
}
_MAX_CACHED_PATTERNS = 100


def compile_node(node: Node, patterns: PatternCompiler) -> Expression:
    """Return the function of a node; `ExpressionError` for names and functions that there are not."""
    if node.kind == "constant":
        constant = node.value
        return lambda _: constant
    if node.kind == "name":
        if node.value not in _NAMES:
            known = ", ".join(sorted(_NAMES))
            raise ExpressionError(f'unknown name "{node.value}", there are: {known}', node.column)
        return _NAMES[node.value]
    if node.kind == "binary" and node.value == "matches":
        return _matches(node, patterns)
    parts = [compile_node(part, patterns) for part in node.parts]
    return _COMPILERS[node.kind](node, parts)


def _member(node: Node, parts: list[Expression]) -> Expression:
    of, key = parts
    fixed = node.parts[1]
    if fixed.kind == "constant" and isinstance(fixed.value, str):
        return _named_member(of, fixed.value)

    def get(entry: Entry) -> Any:
        found, index = of(entry), key(entry)
        if isinstance(found, dict):
            return found.get(index)
        if isinstance(found, list | str) and isinstance(index, int):
            if not -len(found) <= index < len(found):
                raise TypeError(f"index {index} of {len(found)}")
            return found[index]
        if found is None:
            return None
        raise TypeError(f"cannot get {type_name(index)} of {type_name(found)}")

    return get


def _named_member(of: Expression, name: str) -> Expression:
    def get(entry: Entry) -> Any:
        found = of(entry)
        if type(found) is dict:
            return found.get(name)
        if found is None:
            raise TypeError(f"cannot get {name} of nil")
        raise TypeError(f"cannot get {name} of {type_name(found)}")

    return get


def _optional(_: Node, parts: list[Expression]) -> Expression:
    (inner,) = parts

    def get(entry: Entry) -> Any:
        try:
            return inner(entry)
        except TypeError:
            return None

    return get


def _slice(_: Node, parts: list[Expression]) -> Expression:
    of, start, end = parts
    return lambda entry: of(entry)[start(entry) : end(entry)]


def _unary(node: Node, parts: list[Expression]) -> Expression:
    (of,) = parts
    if node.value == "!":

        def negate(entry: Entry) -> bool:
            found = of(entry)
            if found is not True and found is not False:
                raise TypeError(f"not {type_name(found)}")
            return not found

        return negate

    sign = -1 if node.value == "-" else 1

    def signed(entry: Entry) -> Any:
        found = of(entry)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise TypeError(f"{node.value}{type_name(found)}")
        return sign * found

    return signed


def _binary(node: Node, parts: list[Expression]) -> Expression:
    one, other = parts
    if node.value == "??":
        return lambda entry: other(entry) if (found := one(entry)) is None else found
    if node.value in ("&&", "||"):
        return _logical(node.value, one, other)
    compute = BINARY[node.value]
    if node.value in ("==", "!=") and node.parts[1].kind == "constant" and isinstance(node.parts[1].value, str):
        constant, wanted = node.parts[1].value, node.value == "=="
        return lambda entry: (one(entry) == constant) is wanted
    return lambda entry: compute(one(entry), other(entry))


def _logical(symbol: str, one: Expression, other: Expression) -> Expression:
    decisive = symbol == "||"

    def decide(entry: Entry) -> bool:
        for part in (one, other):
            found = part(entry)
            if found is not True and found is not False:
                raise TypeError(f"{type_name(found)} beside {symbol}")
            if found is decisive:
                return decisive
        return not decisive

    return decide


def _ternary(_: Node, parts: list[Expression]) -> Expression:
    condition, if_true, if_false = parts
    return lambda entry: if_true(entry) if condition(entry) not in (False, None) else if_false(entry)


def _call(node: Node, parts: list[Expression]) -> Expression:
    if node.value not in FUNCTIONS:
        raise ExpressionError(f'unknown function "{node.value}", there are: {", ".join(sorted(FUNCTIONS))}', node.column)
    least, most, function = FUNCTIONS[node.value]
    if not least <= len(parts) <= most:
        amount = str(least) if least == most else f"{least} to {most}"
        raise ExpressionError(f"{node.value} takes {amount} arguments, not {len(parts)}", node.column)
    if len(parts) == 1:
        (only,) = parts
        return lambda entry: function(only(entry))
    return lambda entry: function(*(part(entry) for part in parts))


def _list(_: Node, parts: list[Expression]) -> Expression:
    return lambda entry: [part(entry) for part in parts]


def _map(node: Node, parts: list[Expression]) -> Expression:
    return lambda entry: {key: part(entry) for key, part in zip(node.value, parts, strict=True)}


def _matches(node: Node, patterns: PatternCompiler) -> Expression:
    text, pattern = node.parts
    of = compile_node(text, patterns)
    if pattern.kind == "constant":
        search = _search(pattern.value, pattern.column, patterns)
        return lambda entry: _matched(of(entry), search)
    which = compile_node(pattern, patterns)
    cache: dict[str, Callable[[str], Any]] = {}

    def matches(entry: Entry) -> bool:
        expression = which(entry)
        if not isinstance(expression, str):
            raise TypeError(f"matches {type_name(expression)}")
        if expression not in cache:
            if len(cache) >= _MAX_CACHED_PATTERNS:
                cache.clear()
            cache[expression] = patterns(expression)
        return _matched(of(entry), cache[expression])

    return matches


def _search(expression: Any, column: int, patterns: PatternCompiler) -> Callable[[str], Any]:
    if not isinstance(expression, str):
        raise ExpressionError("matches needs a pattern", column)
    try:
        return patterns(expression)
    except ValueError as error:
        raise ExpressionError(str(error), column) from error


def _matched(text: Any, search: Callable[[str], Any]) -> bool:
    if text is None:
        return False
    if not isinstance(text, str):
        raise TypeError(f"{type_name(text)} matches")
    return bool(search(text))


_COMPILERS: dict[str, Callable[[Node, list[Expression]], Expression]] = {
    "member": _member,
    "optional": _optional,
    "slice": _slice,
    "unary": _unary,
    "binary": _binary,
    "ternary": _ternary,
    "call": _call,
    "list": _list,
    "map": _map,
}
