"""From the syntax tree to functions of an item. Everything that can be known at start is worked out here, once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from otel_agent.ottl import syntax
from otel_agent.ottl.applying import gathered
from otel_agent.ottl.arithmetic import compute, negate
from otel_agent.ottl.calls import bind
from otel_agent.ottl.comparison import ALIKE, COMPARISONS, PLAIN
from otel_agent.ottl.contexts.context import Context, shown
from otel_agent.ottl.contexts.maps import Keys
from otel_agent.ottl.errors import OttlError
from otel_agent.ottl.expression import Constant, Get, Test
from otel_agent.ottl.function import Accessor, Function
from otel_agent.ottl.indexing import member_of_result
from otel_agent.ottl.values import EvaluationError, Value, WrongType, type_name


@dataclass(slots=True)
class Compiler:
    """Compiles for one context. With `prefixed`, paths have to begin with the name of a context."""

    context: Context
    functions: Mapping[str, Function]
    prefixed: bool = False
    _locals: list[dict[str, list[Value]]] = field(default_factory=list)
    """Parameters of the lambdas around the node, the innermost last: each a cell that the call fills."""

    def editor(self, call: syntax.Call) -> Get:
        """Compile the call a statement begins with."""
        return self._call(call)

    def condition(self, node: syntax.Node) -> Test:
        """Compile what is true or false of an item."""
        match node:
            case syntax.And(parts=parts):
                return _all([self.condition(part) for part in parts])
            case syntax.Or(parts=parts):
                return _any([self.condition(part) for part in parts])
            case syntax.Not(part=part):
                test = self.condition(part)
                return lambda item: not test(item)
            case syntax.Comparison():
                return self._comparison(node)
            case syntax.Literal(value=bool(value)):
                return lambda item: value
        get = self.value(node)

        def check(item: Any) -> bool:
            value = get(item)
            if value.__class__ is not bool:
                raise WrongType(f"a condition is true or false, but the converter returned {type_name(value)}")
            return bool(value)

        return check

    def value(self, node: syntax.Node) -> Get:
        """Compile what has a value; a `Constant` where that is the same for every item."""
        match node:
            case syntax.Literal(value=value):
                return Constant(value)
            case syntax.Enum():
                return Constant(self.context.enum(node))
            case syntax.Path():
                local = self._local(node)
                return self.accessor(node).get if local is None else local
            case syntax.Call(keys=keys):
                get = self._call(node)
                return self._indexed(get, keys) if keys else get
            case syntax.Math():
                return self._math(node)
            case syntax.Negated(operand=operand):
                get = self.value(operand)
                return lambda item: negate(get(item))
            case syntax.ListOf(members=members):
                gets = [self.value(part) for part in members]
                return _folded(gathered(gets), gets)
            case syntax.MapOf(entries=entries):
                pairs = [(key, self.value(part)) for key, part in entries]
                return _folded(lambda item: {key: get(item) for key, get in pairs}, [get for _, get in pairs])
            case syntax.FunctionName(name=name):
                raise OttlError(node.column, f"{name} is the name of a converter; to call it write {name}(...)")
            case syntax.Lambda():
                raise OttlError(node.column, "a lambda expression stands only where a function takes one")
        raise OttlError(node.column, "expected a value, found a condition")

    def accessor(self, path: syntax.Path) -> Accessor:
        """Compile a path to what reads and sets it."""
        first = path.fields[0]
        known = (*self.context.layers, "otelcol")
        if self.prefixed and (first.name not in known or len(path.fields) == 1):
            prefixes = ", ".join(f"{name}.{shown(path)}" for name in reversed(tuple(self.context.layers)))
            raise OttlError(path.column, f"the path {shown(path)} lacks the name of its context; write one of {prefixes}")
        return self.context.accessor(path, self._keys)

    def lambda_(self, node: syntax.Lambda) -> Callable[[Any], Callable[..., Value]]:
        """Compile to a function of the item that gives a function of the parameters."""
        cells: list[list[Value]] = [[None] for _ in node.parameters]
        self._locals.append({name: cell for name, cell in zip(node.parameters, cells, strict=True) if name != "_"})
        try:
            body = self.condition(node.body) if isinstance(node.body, syntax.BOOLEAN) else self.value(node.body)
        finally:
            self._locals.pop()

        def of_item(item: Any) -> Callable[..., Value]:
            def call(*arguments: Value) -> Value:
                for cell, argument in zip(cells, arguments, strict=True):
                    cell[0] = argument
                return body(item)

            return call

        return of_item

    def _local(self, path: syntax.Path) -> Get | None:
        first = path.fields[0]
        cell = next((names[first.name] for names in reversed(self._locals) if first.name in names), None)
        if cell is None:
            return None
        if len(path.fields) > 1:
            raise OttlError(path.column, f"{first.name} is a parameter of a lambda and has no fields")
        return self._indexed(lambda item: cell[0], first.keys) if first.keys else lambda item: cell[0]

    def _comparison(self, node: syntax.Comparison) -> Test:
        left, right = self.value(node.left), self.value(node.right)
        compare = COMPARISONS[node.operator]
        if isinstance(right, Constant):
            constant, kind, compare_alike = right.value, type(right.value), ALIKE[node.operator]
            if kind not in PLAIN:
                return lambda item: compare(left(item), constant)

            def compare_with_constant(item: Any) -> bool:
                value = left(item)
                return compare_alike(value, constant) if value.__class__ is kind else compare(value, constant)

            return compare_with_constant
        return lambda item: compare(left(item), right(item))

    def _math(self, node: syntax.Math) -> Get:
        first = self.value(node.first)
        rest = [(sign, self.value(operand)) for sign, operand in node.rest]

        def work_out(item: Any) -> Value:
            value = first(item)
            for sign, get in rest:
                value = compute(sign, value, get(item))
            return value

        return _folded(work_out, [first, *(get for _, get in rest)])

    def _indexed(self, get: Get, keys: tuple[syntax.Node, ...]) -> Get:
        found = self._keys(keys)
        if isinstance(found, tuple):
            return lambda item: member_of_result(get(item), found)
        return lambda item: member_of_result(get(item), found(item))

    def _keys(self, keys: tuple[syntax.Node, ...]) -> Keys:
        gets = [self._key(key) for key in keys]
        if all(isinstance(get, Constant) for get in gets):
            return tuple(get(None) for get in gets)
        return gathered(gets)

    def _key(self, node: syntax.Node) -> Get:
        get = self.value(node)
        if isinstance(get, Constant) and type(get.value) not in (str, int):
            raise OttlError(node.column, f"an index is a string or an int, not {type_name(get.value)}")
        return get

    def _call(self, call: syntax.Call) -> Get:
        function = self.functions.get(call.name)
        if function is None or (function.contexts is not None and self.context.name not in function.contexts):
            where = "" if function is None else f" in the {self.context.name} context"
            raise OttlError(call.column, f"unknown function {call.name}{where}")
        argued = bind(function, call, self)
        get = argued.get
        if function.pure and not function.takes_item and argued.constant:
            try:
                return Constant(get(None))
            except EvaluationError:
                return get
        return get


def _folded(get: Get, parts: Sequence[Get]) -> Get:
    """Return a constant where all the parts are ones and the result is no error."""
    if not all(isinstance(part, Constant) for part in parts):
        return get
    try:
        return Constant(get(None))
    except EvaluationError:
        return get


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, other = tests
        return lambda item: one(item) and other(item)
    return lambda item: all(test(item) for test in tests)


def _any(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, other = tests
        return lambda item: one(item) or other(item)
    return lambda item: any(test(item) for test in tests)
